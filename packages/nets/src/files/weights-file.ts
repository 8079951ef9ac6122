import { openBytes } from "@amface/files";
import { isTorchFile, readStateDict, type Safetensors } from "@amface/numpy";
import { readSafetensors } from "./safetensors-file.ts";
import { isTensorFlowCheckpoint } from "./tensorflow/tensorflow-checkpoint.ts";

/**
 * Reads weights by what the file is: safetensors, or one of PyTorch's `torch.save` (`.pth`, `.pt`, `.ckpt`), whose
 * metadata is empty.
 *
 * @throws {SafetensorsError} For a damaged file of the one kind or of neither, {TorchFileError} for one of the other.
 * @throws {Error} Where there is no such file, or it cannot be read.
 */
export async function readWeights(path: string): Promise<Safetensors> {
  return readTorch(path) ?? readSafetensors(path);
}

/**
 * The metadata of a file of weights: of safetensors; PyTorch's files and TensorFlow's checkpoints have no place for it.
 *
 * @throws {Error} As `readWeights`.
 */
export async function readMetadata(path: string): Promise<Safetensors["metadata"]> {
  if ((await isTensorFlowCheckpoint(path)) || startsAsTorch(path)) return {};
  return (await readSafetensors(path)).metadata;
}

function readTorch(path: string): Safetensors | undefined {
  const file = openBytes(path);
  try {
    if (!isTorchFile(file.read(0, Math.min(32, file.size)))) return undefined;
    return { tensors: readStateDict(file, path), metadata: {} };
  } finally {
    file.close();
  }
}

function startsAsTorch(path: string): boolean {
  const file = openBytes(path);
  try {
    return isTorchFile(file.read(0, Math.min(32, file.size)));
  } finally {
    file.close();
  }
}
