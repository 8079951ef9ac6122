import { stat } from "node:fs/promises";
import { type FaceNet, loadNet } from "@amface/nets";
import { runFolder } from "@amface/train";

/**
 * Loads the net behind `--model`: a run directory of `amface train`, or a saved model.
 *
 * @throws {Error} When there is no such file or directory, or it holds no net.
 */
export async function loadModel(path: string): Promise<FaceNet> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    throw new Error(
      `Cannot load a model from ${path}: expected a run directory or a saved model, got nothing there`,
    );
  }
  const file = found.isDirectory() ? runFolder(path).model : path;
  if (!(await stat(file).catch(() => undefined))) {
    throw new Error(
      `Cannot load a model from ${path}: expected ${file}, got nothing there; a run has it once it is finished ` +
        "(amface train --resume goes on with one)",
    );
  }
  return (await loadNet(file)).net;
}
