/**
 * Takes the picture of a notebook in the documentation: runs it in a real Jupyter Notebook in Chromium and shows its
 * last figure, drawn by plotly.js there.
 *
 *     bun --conditions=@amface/source scripts/jupyter-screenshot.ts notebooks/02-am-softmax.ipynb docs/jupyter.png
 */
import { writeFileAtomic } from "@amface/images";
import sharp from "sharp";
import { openInJupyter } from "../test/open-in-jupyter.ts";

const [file, output] = process.argv.slice(2);
const { page, until, close } = await openInJupyter(file, { width: 1000, height: 860 });
try {
  await page.evaluate("void Jupyter.notebook.execute_all_cells()");
  await until("Jupyter.notebook.get_cells().at(-1).input_prompt_number === '*'");
  await until("Jupyter.notebook.get_cells().every((cell) => cell.input_prompt_number !== '*')", 400);
  await until("Jupyter.notebook.get_cells().at(-1).element.find('.js-plotly-plot .main-svg').length > 0");
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
