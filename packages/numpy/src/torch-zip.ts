import type { ByteSource } from "./byte-source.ts";
import { runPickle } from "./read-pickle.ts";
import { storageOf, TORCH_GLOBALS } from "./torch-globals.ts";
import { requireSize, type TorchFile, TorchFileError } from "./torch-storage.ts";
import { readZipDirectory, readZipEntry, type ZipEntry } from "./zip.ts";

/** The form since PyTorch 1.6: an archive of `NAME/data.pkl` and each storage as `NAME/data/KEY`, none compressed. */
export function openTorchZip(source: ByteSource): TorchFile {
  const entries = readZipDirectory(source);
  const pickle = [...entries.keys()].find((entry) => /^[^/]+\/data\.pkl$/.test(entry));
  if (pickle === undefined) throw new TorchFileError("expected data.pkl in it, got an archive without");
  const folder = pickle.slice(0, -"data.pkl".length);
  if (entries.has(`${folder}constants.pkl`)) {
    throw new TorchFileError(
      "expected tensors, got a TorchScript program; save the net's state_dict() alone",
    );
  }
  const order = entries.get(`${folder}byteorder`);
  const byteOrder = order ? new TextDecoder().decode(readZipEntry(source, order)) : "little";
  if (byteOrder !== "little") throw new TorchFileError(`expected little-endian numbers, got ${byteOrder}`);
  const bytes = readZipEntry(source, entries.get(pickle) as ZipEntry);
  return {
    form: "zip",
    value: runPickle(bytes, 0, TORCH_GLOBALS, storageOf).value,
    readStorage(storage) {
      const entry = entries.get(`${folder}data/${storage.key}`);
      if (!entry) throw new TorchFileError(`expected a storage ${storage.key} in it, got none`);
      requireSize(storage, entry.size);
      return readZipEntry(source, entry);
    },
  };
}
