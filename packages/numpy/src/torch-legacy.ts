import type { ByteSource } from "./byte-source.ts";
import { ELEMENT_TYPES } from "./element-types.ts";
import { PickleError } from "./pickle-globals.ts";
import { runPickle } from "./read-pickle.ts";
import { storageOf, TORCH_GLOBALS, type TorchStorage } from "./torch-globals.ts";
import { requireSize, type TorchFile, TorchFileError } from "./torch-storage.ts";

/**
 * The form before PyTorch 1.6, which `_use_new_zipfile_serialization=False` still writes: pickles of a magic number, of
 * the format's version, of the machine's, of what was saved and of the storages' keys, then the storages in that order,
 * each behind its number of elements (int64).
 */
export function openTorchLegacy(source: ByteSource): TorchFile {
  const storages = new Map<string, TorchStorage>();
  const keep = (id: unknown) => {
    const storage = storageOf(id);
    const { dtype, count } = storages.get(storage.key) ?? storage;
    if (dtype !== storage.dtype || count !== storage.count) {
      throw new TypeError(`expected storage ${storage.key} as before, got it of another type or size`);
    }
    storages.set(storage.key, storage);
    return storage;
  };
  const magic = pickleAt(source, 0);
  const version = pickleAt(source, magic.end);
  const machine = pickleAt(source, version.end);
  const littleEndian = machine.value instanceof Map && machine.value.get("little_endian") === true;
  if (version.value !== 1001 || !littleEndian) {
    throw new TorchFileError(
      `expected version 1001, little-endian, got ${String(version.value)} or big-endian`,
    );
  }
  const saved = pickleAt(source, machine.end, keep);
  const keys = pickleAt(source, saved.end);
  const places = findStorages(source, keys.end, keys.value, storages);
  return {
    form: "legacy",
    value: saved.value,
    readStorage({ key }) {
      const place = places.get(key);
      if (!place) throw new TorchFileError(`expected a storage ${key} in it, got none`);
      return source.read(...place);
    },
  };
}

/** Where pickles are read, at first: those of state dicts seldom take more. */
const WINDOW = 2 ** 20;

/** The pickle at `start`, of which the format does not say how long it is. */
function pickleAt(source: ByteSource, start: number, persistent?: (id: unknown) => unknown) {
  for (let size = WINDOW; ; size *= 4) {
    const end = Math.min(source.size, start + size);
    try {
      const result = runPickle(source.read(start, end), 0, TORCH_GLOBALS, persistent);
      return { ...result, end: start + result.end };
    } catch (error) {
      if (!(error instanceof PickleError && error.cutOff && end < source.size)) throw error;
    }
  }
}

/** From which byte to which each storage stands. */
function findStorages(
  source: ByteSource,
  start: number,
  keys: unknown,
  storages: ReadonlyMap<string, TorchStorage>,
): Map<string, [number, number]> {
  const places = new Map<string, [number, number]>();
  let at = start;
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storages.get(key);
    if (!storage)
      throw new TorchFileError(`expected storages that its tensors name, got ${JSON.stringify(key)}`);
    const size = ELEMENT_TYPES[storage.dtype].bytes * storage.count;
    if (at + 8 + size > source.size) {
      throw new TorchFileError(
        `expected ${size} bytes of storage ${key}, got the end of the file; it is cut off`,
      );
    }
    const head = source.read(at, at + 8);
    const count = Number(new DataView(head.buffer, head.byteOffset).getBigInt64(0, true));
    requireSize(storage, ELEMENT_TYPES[storage.dtype].bytes * count);
    places.set(storage.key, [at + 8, at + 8 + size]);
    at += 8 + size;
  }
  return places;
}
