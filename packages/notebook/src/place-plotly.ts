import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";

/** The extension that draws figures in JupyterLab 4 and Jupyter Notebook 7. */
const EXTENSION = join(import.meta.dirname, "..", "jupyter", "labextensions", "amface-figures", "static");

/**
 * Puts plotly.js's bundles beside the extension, which Jupyter serves from its own folder alone. They come along with a
 * published package; in the repository they are copied from what is installed.
 */
export async function placePlotly(): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  for (const bundle of ["basic", "gl3d"]) {
    const to = join(EXTENSION, `plotly-${bundle}.min.js`);
    const size = (await stat(to).catch(() => undefined))?.size;
    let from: string;
    try {
      from = resolve(`plotly.js-${bundle}-dist-min`);
    } catch (error) {
      if (size !== undefined) continue; // published: only what draws PNG is a dependency
      throw error;
    }
    if (size !== (await stat(from)).size) await writeFileAtomic(to, await readFile(from));
  }
}
