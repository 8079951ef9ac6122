import type { ByteSource } from "./byte-source.ts";
import { PickleError } from "./pickle-globals.ts";
import { openTorchLegacy } from "./torch-legacy.ts";
import { type TorchFile, TorchFileError } from "./torch-storage.ts";
import { openTorchZip } from "./torch-zip.ts";
import { ZipError } from "./zip.ts";

/** `MAGIC_NUMBER` of `torch.serialization`, 0x1950a86a20f9469cfc6c, as pickles write integers. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** Whether a file that begins so is one of `torch.save`, or at least a zip archive. 32 bytes are enough. */
export function isTorchFile(start: Uint8Array): boolean {
  return isZip(start) || isLegacy(start);
}

const isZip = (start: Uint8Array) => [0x50, 0x4b, 3, 4].every((byte, i) => start[i] === byte);

/** Behind the protocol, and from protocol 4 on the length of a frame, stands the magic number. */
const isLegacy = (start: Uint8Array) =>
  start[0] === 0x80 && [2, 11].some((at) => MAGIC.every((byte, i) => start[at + i] === byte));

/**
 * Opens what `torch.save` wrote, in either form. Nothing is executed: the pickle may call what tensors and plain data
 * need, each by a function of this package.
 *
 * @param name What the source is, for error messages.
 * @throws {TorchFileError} Where it is something else, damaged, or wants to call anything more, which is named.
 */
export function openTorchFile(source: ByteSource, name: string): TorchFile {
  const start = source.read(0, Math.min(32, source.size));
  const file = explain(name, () => {
    if (isZip(start)) return openTorchZip(source);
    if (isLegacy(start)) return openTorchLegacy(source);
    throw new TorchFileError("expected a file of torch.save, got something else");
  });
  return { ...file, readStorage: (storage) => explain(name, () => file.readStorage(storage)) };
}

/** Gives every error the file's name, and a refused call what to do. */
export function explain<T>(name: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    const ours = [TorchFileError, ZipError, PickleError].some((kind) => cause instanceof kind);
    if (!ours) throw cause;
    const refused = cause instanceof PickleError ? cause.refused : undefined;
    const reason =
      refused === undefined
        ? (cause as Error).message
        : `expected tensors and plain data, got ${JSON.stringify(refused)}, which is not called here; ` +
          "save the net's state_dict() alone";
    throw new TorchFileError(`Cannot read ${name} as a PyTorch file: ${reason}`, { cause });
  }
}
