/**
 * Takes the picture of a notebook in the documentation: runs it in a real JupyterLab in Chromium and shows its last
 * figure, drawn by plotly.js there.
 *
 *     bun scripts/jupyter-screenshot.ts notebooks/02-am-softmax.ipynb docs/jupyter.png
 */
import { writeFileAtomic } from "@amface/files";
import sharp from "sharp";
import { CODE_CELLS, FAILED, NOTEBOOK, openInJupyter, RAN } from "../test/open-in-jupyter.ts";

const [file, output] = process.argv.slice(2);
const { page, until, command, close } = await openInJupyter("lab", file, { width: 1100, height: 900 });
try {
  await page.evaluate(`${CODE_CELLS}.forEach(({ model }) => model.clearExecution())`);
  await command("notebook:run-all-cells");
  await until(`${RAN} || ${FAILED}`, 900);
  if (await page.evaluate(FAILED)) throw new Error(`Cannot take the picture: a cell of ${file} failed`);
  const last = `[...(${NOTEBOOK}).node.querySelectorAll(".js-plotly-plot")].at(-1)`;
  await until(`${last}.querySelector(".main-svg")`);
  await command("application:toggle-left-area");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  // The figure at the window's lower edge.
  await page.evaluate(`${last}.closest(".jp-Cell").scrollIntoView({ block: "end" })`);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const png = await sharp(await page.screenshot())
    .png({ palette: true })
    .toBuffer();
  await writeFileAtomic(output, png);
} finally {
  await close();
}
