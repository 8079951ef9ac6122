import { stat } from "node:fs/promises";
import {
  type FaceNet,
  importNet,
  isTensorFlowCheckpoint,
  loadNet,
  type NetName,
  readTensorFlowCheckpoint,
  readWeights,
} from "@amface/nets";
import { runFolder } from "./run-folder.ts";

/** The file of a model's weights: itself, or of a run's folder the model there. */
export async function modelFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? runFolder(path).model : path;
}

/**
 * Loads a net: of a run's folder, of a saved model, or with `foreign` the weights of a PyTorch model or a TensorFlow
 * checkpoint. The caller disposes it.
 *
 * @param foreign The net whose weights the file holds: under PyTorch's names (safetensors, or a file of `torch.save`),
 *   or where the path is a TensorFlow checkpoint's (its prefix `model.ckpt-27000` or one of its files), the reference's.
 * @throws {Error} When there is no such file or directory, or it holds no net.
 */
export async function loadModel(path: string, foreign?: NetName): Promise<FaceNet> {
  if (foreign !== undefined && (await isTensorFlowCheckpoint(path))) {
    const tensors = await readTensorFlowCheckpoint(path);
    return importNet(foreign, tensors, { from: "tensorflow", source: path });
  }
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    throw new Error(
      `Cannot load a model from ${path}: expected a run directory or a saved model, got nothing there`,
    );
  }
  if (foreign !== undefined) return loadForeign(path, found.isDirectory(), foreign);
  const file = await modelFile(path);
  if (!(await stat(file).catch(() => undefined))) {
    throw new Error(
      `Cannot load a model from ${path}: expected ${file}, got nothing there; a run has it once it is finished ` +
        "(amface train --resume goes on with one)",
    );
  }
  return (await loadNet(file)).net;
}

async function loadForeign(path: string, isDirectory: boolean, net: NetName): Promise<FaceNet> {
  const { tensors, metadata } = isDirectory ? { tensors: undefined, metadata: {} } : await readWeights(path);
  if (tensors === undefined || metadata.net !== undefined) {
    const got = tensors ? `a saved ${metadata.net}` : "a directory";
    throw new Error(
      `Cannot load a model from ${path}: expected weights of another program with --net, got ${got}; leave --net out`,
    );
  }
  return importNet(net, tensors, { source: path });
}
