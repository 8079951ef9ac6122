import { ELEMENT_TYPES } from "./element-types.ts";
import type { TorchStorage } from "./torch-globals.ts";

/** A file that is not one of PyTorch's, is damaged, or holds more than tensors and plain data. */
export class TorchFileError extends Error {
  override readonly name = "TorchFileError";
}

/** What `torch.save` wrote, of which no storage has been read yet. */
export interface TorchFile {
  /** `zip` since PyTorch 1.6, `legacy` before: pickles and storages one after the other. */
  readonly form: "zip" | "legacy";
  /** What was saved: dictionaries are `Map`s, tensors `TorchTensor`s. */
  readonly value: unknown;
  /** The bytes of a storage. */
  readStorage(storage: TorchStorage): Uint8Array;
}

/** @throws {TorchFileError} Where a storage's bytes are not as many as its elements take. */
export function requireSize({ key, dtype, count }: TorchStorage, size: number): void {
  const expected = count * ELEMENT_TYPES[dtype].bytes;
  if (size !== expected) {
    throw new TorchFileError(`expected ${expected} bytes of storage ${key}, got ${size}`);
  }
}
