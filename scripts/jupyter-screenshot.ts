/**
 * Takes the picture of a notebook in the documentation: runs it in a real Jupyter Notebook in Chromium and shows its
 * last figure, drawn by plotly.js there.
 *
 *     bun scripts/jupyter-screenshot.ts notebooks/02-am-softmax.ipynb docs/jupyter.png
 */
import { writeFileAtomic } from "@amface/files";
import sharp from "sharp";
import { openInJupyter } from "../test/open-in-jupyter.ts";

const [file, output] = process.argv.slice(2);
const { page, until, close } = await openInJupyter(file, { width: 1000, height: 860 });
try {
  await page.evaluate("void Jupyter.notebook.execute_all_cells()");
  const cells = "Jupyter.notebook.get_cells().filter((cell) => cell.cell_type === 'code')";
  await until(`${cells}.some((cell) => cell.input_prompt_number === "*")`);
  await until(`!${cells}.some((cell) => cell.input_prompt_number === "*")`, 500);
  await until("document.querySelector('.js-plotly-plot .main-svg')");
  const failed = await page.evaluate("document.querySelectorAll('.output_error').length");
  if (failed) throw new Error(`Cannot take the picture: expected no error in ${file}, got ${failed}`);
  // The figure at the window's lower edge.
  await page.evaluate(
    "[...document.querySelectorAll('.js-plotly-plot')].at(-1).scrollIntoView({ block: 'end' })",
  );
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const png = await sharp(await page.screenshot())
    .png({ palette: true })
    .toBuffer();
  await writeFileAtomic(output, png);
} finally {
  await close();
}
