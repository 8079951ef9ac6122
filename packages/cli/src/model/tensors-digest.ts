import { createHash } from "node:crypto";
import { openBytes } from "@amface/files";
import { readOnnxHeader } from "@amface/nets";
import { type ByteSource, listSafetensors } from "@amface/numpy";
import { channelsOf, type Preprocessing } from "../foreign/preprocessing.ts";

/** Bytes of values that are read at a time. */
const CHUNK = 2 ** 22;

/**
 * SHA-256 of the tensors of a model's file, by which a card inside it knows them: their names, types, shapes and values, in the
 * order of their names, and how images are prepared where another than amface's own program may say so. What else the file
 * holds, such as that card, does not count.
 *
 * @param source ONNX where `preprocessing` is given, or else safetensors.
 * @param preprocessing How images are prepared for an ONNX model, whose file does not say.
 */
export function tensorsDigest(source: ByteSource, name: string, preprocessing?: Preprocessing): string {
  const tensors = preprocessing ? onnxTensors(source, name) : safetensors(source, name);
  const hash = createHash("sha256");
  for (const { start, end, ...header } of tensors.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(JSON.stringify([header.name, header.dtype, header.shape, end - start]));
    for (let at = start; at < end; at += CHUNK) hash.update(source.read(at, Math.min(end, at + CHUNK)));
  }
  if (preprocessing) hash.update(JSON.stringify(canonical(preprocessing)));
  return hash.digest("hex");
}

/** The same of a file. */
export function fileTensorsDigest(path: string, preprocessing?: Preprocessing): string {
  const bytes = openBytes(path);
  try {
    return tensorsDigest(bytes, path, preprocessing);
  } finally {
    bytes.close();
  }
}

interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where its values stand. */
  readonly start: number;
  readonly end: number;
}

const onnxTensors = (source: ByteSource, name: string): StoredTensor[] =>
  readOnnxHeader(source, name).initializers.map(({ values, ...tensor }) => ({ ...tensor, ...values }));

const safetensors = (source: ByteSource, name: string): StoredTensor[] =>
  Array.from(listSafetensors(source, name).tensors, ([name, tensor]) => ({ name, ...tensor }));

/** Settings that change values, in one form; the file itself says the size of images and their layout. */
function canonical({ channels = "rgb", mean = [], scale = [], whiten = false }: Preprocessing) {
  const each = (values: readonly number[]) =>
    values.length === 1 ? new Array<number>(channelsOf(channels)).fill(values[0]) : values;
  return [channels, whiten, each(mean), each(scale)];
}
