import { inflateRawSync } from "node:zlib";
import type { OpenBytes } from "@amface/files";
import { readZipDirectory, readZipEntry, type ZipEntry, ZipError } from "@amface/numpy";
import type { Inspected } from "./inspected.ts";

/** Files of archives that speak of what they are; longest that is read. */
const NOTES = /(^|\/)(readme|licen[cs]e|copying|notice|model_?card)[^/]*$/i;
const LONGEST = 2 ** 18;

/** What an archive is, by the names in it. */
export type ZipKind = "npz" | "keras" | "pytorch" | "other";

/** A zip archive of which the directory has been read. */
export interface Archive {
  readonly kind: ZipKind;
  readonly entries: readonly ZipEntry[];
  /** Its READMEs and licences, as far as they are short. */
  readonly texts: Readonly<Record<string, string>>;
  /** The text of a file in it. */
  text(name: string): string | undefined;
}

/** @throws {Error} Where the archive is damaged. */
export function openArchive(bytes: OpenBytes, path: string): Archive {
  try {
    const directory = readZipDirectory(bytes);
    const entries = [...directory.values()];
    const text = (name: string) => {
      const entry = directory.get(name);
      if (entry === undefined || Math.max(entry.size, entry.packed) > LONGEST) return undefined;
      return new TextDecoder().decode(readZipEntry(bytes, entry, inflate));
    };
    const notes = entries.filter(({ name }) => NOTES.test(name)).slice(0, 8);
    const texts = Object.fromEntries(notes.map(({ name }) => [name, text(name) ?? ""]));
    return { kind: kindOf(entries.map(({ name }) => name)), entries, texts, text };
  } catch (cause) {
    if (!(cause instanceof ZipError)) throw cause;
    throw new Error(`Cannot read ${path} as a zip archive: ${cause.message}`, { cause });
  }
}

function inflate(packed: Uint8Array, size: number): Uint8Array {
  try {
    return new Uint8Array(inflateRawSync(packed, { maxOutputLength: size + 1 }));
  } catch (cause) {
    throw new ZipError(`expected deflated bytes, got others: ${(cause as Error).message}`, { cause });
  }
}

function kindOf(names: readonly string[]): ZipKind {
  if (names.length > 0 && names.every((name) => name.endsWith(".npy"))) return "npz";
  if (names.includes("config.json") && names.includes("metadata.json")) return "keras";
  return names.some((name) => /(^|\/)data\.pkl$/.test(name)) ? "pytorch" : "other";
}

const files = (entries: readonly ZipEntry[]) =>
  entries.map(({ name, size, method }) => ({
    name,
    dtype: method === 0 ? "stored" : "deflated",
    shape: [size],
  }));

/** NumPy's archives, Keras' models, and any other archive: the files in it with their sizes. */
export function inspectArchive({ kind, entries, texts, text }: Archive): Inspected {
  const tensors = files(entries);
  if (kind === "npz")
    return { format: "NumPy's .npz (bytes of each array)", tensors, metadata: {}, isNet: false, texts };
  if (kind === "other")
    return { format: "a zip archive (bytes of each file)", tensors, metadata: {}, isNet: false, texts };
  const json = (name: string): Record<string, unknown> => {
    try {
      return Object(JSON.parse(text(name) ?? "{}"));
    } catch {
      return {};
    }
  };
  const { keras_version: version, date_saved: saved } = json("metadata.json");
  const { class_name: kindOfModel, config } = json("config.json");
  const metadata = { Keras: version, saved, model: kindOfModel, name: Object(config).name };
  return {
    format: "a Keras model (bytes of each file)",
    tensors,
    metadata: Object.fromEntries(
      Object.entries(metadata).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
    ),
    isNet: false,
    texts,
  };
}
