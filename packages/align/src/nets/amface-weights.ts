import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { decodeSafetensors, type NamedTensor } from "@amface/numpy";
import { WeightsError } from "@amface/weights";
import type { GetWeight } from "./detector-nets.ts";
import { expectFinite } from "./expect-finite.ts";

export interface AmfaceWeights {
  readonly get: GetWeight;
  /** Names of all tensors in the file. */
  readonly names: readonly string[];
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads the weights of amface's own detector.
 *
 * @param path A safetensors file.
 * @throws {WeightsError} When the file is missing or damaged; `get` throws it for a tensor that is missing, of another
 *   shape or not finite.
 */
export async function readAmfaceWeights(path: string): Promise<AmfaceWeights> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "no such file" : cause.message;
    throw new WeightsError(
      `Cannot read the detector's weights ${path}: ${got}; give a folder of weights, such as amface datasets get mtcnn fetches`,
      { cause },
    );
  });
  return amfaceWeights(bytes, path);
}

/** The same of a file's bytes. @param path What it is called in errors. */
export function amfaceWeights(bytes: Uint8Array, path: string): AmfaceWeights {
  const tensors = tensorsOf(bytes, path);
  const get: GetWeight = (name, shape) => {
    const found = tensors.get(name);
    if (String(found?.shape) !== String(shape)) {
      const got = found ? `[${found.shape}]` : "none";
      throw new WeightsError(
        `Cannot use the weights ${path}: expected a tensor ${name} of shape [${shape}], got ${got}`,
      );
    }
    return expectFinite((found as NamedTensor).data, name, path);
  };
  return { get, names: [...tensors.keys()], sha256: createHash("sha256").update(bytes).digest("hex") };
}

function tensorsOf(bytes: Uint8Array, path: string): ReadonlyMap<string, NamedTensor> {
  try {
    return decodeSafetensors(bytes, path).tensors;
  } catch (cause) {
    throw new WeightsError(`Cannot use the detector's weights: ${(cause as Error).message}`, { cause });
  }
}
