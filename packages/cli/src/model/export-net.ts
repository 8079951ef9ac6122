import { readFile, stat } from "node:fs/promises";
import { writeFileAtomic } from "@amface/files";
import { type FaceNet, loadNet, loadTfjs, readMetadata, saveNet, saveTfjs } from "@amface/nets";
import { type ByteSource, memorySource } from "@amface/numpy";
import { exportOnnx, OrtSession, OrtTensor } from "@amface/tfjs-backend-onnx";
import { modelFile } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { CARD_KEY } from "./carried-card.ts";

/** What an export takes: the net's own float32 images, or uint8 pixels that it normalises itself. */
export type ExportInput = "images" | "pixels";

export interface ExportedNet {
  readonly path: string;
  /** Of all its files. */
  readonly bytes: number;
  /** The largest difference between what file and net give for the same images, and the largest value of those. */
  readonly difference: number;
  readonly largest: number;
}

/** What a file says beside the net, given the file without it. */
export type Carry = (file: ByteSource) => Readonly<Record<string, string>>;

/** Images that both sides are run on. */
const CHECKED = 3;

/**
 * Writes a net as an ONNX model with a free batch size, runs it in ONNX Runtime and compares.
 *
 * @param carry What the file says beside the net.
 */
export async function exportToOnnx(
  net: FaceNet,
  path: string,
  input: ExportInput,
  carry: Carry = () => ({}),
): Promise<ExportedNet> {
  const shape = [null, ...net.description.imageShape];
  const encode = (metadata: Readonly<Record<string, string>>) =>
    exportOnnx(
      (given: tf.Tensor4D) => net.model.apply(input === "pixels" ? normalise(given) : given) as tf.Tensor2D,
      [{ name: input, shape, dtype: input === "pixels" ? "uint8" : "float32" }],
      { outputNames: ["embeddings"], metadata },
    );
  const metadata = carry(memorySource(encode({})));
  const bytes = encode(metadata);
  await writeFileAtomic(path, bytes);
  const pixels = somePixels(net);
  const session = new OrtSession(bytes);
  try {
    const dims = [CHECKED, ...net.description.imageShape];
    const data = input === "pixels" ? pixels : Float32Array.from(pixels, (value) => (value - 127.5) / 128);
    const feed = new OrtTensor(input === "pixels" ? "uint8" : "float32", data as Float32Array, dims);
    const { embeddings } = session.run({ [input]: feed }, { embeddings: null });
    return { path, bytes: bytes.length, ...compare(net, pixels, embeddings.data as Float32Array) };
  } finally {
    session.dispose();
  }
}

/** Writes a net as `model.json` and `weights.bin` into a folder, loads it by TensorFlow.js alone and compares. */
export async function exportToTfjs(net: FaceNet, folder: string): Promise<ExportedNet> {
  const path = await saveTfjs(net, folder);
  const { size } = await stat(path);
  const loaded = await loadTfjs(folder);
  try {
    const pixels = somePixels(net);
    const got = tf.tidy(() => (loaded.apply(toImages(net, pixels)) as tf.Tensor).dataSync());
    const weights = 4 * net.description.parameters;
    return { path, bytes: size + weights, ...compare(net, pixels, got as Float32Array) };
  } finally {
    loaded.dispose();
  }
}

/**
 * Writes a net as one safetensors file, with what its own file says beside the weights, such as how its crops were made;
 * loads it and compares.
 *
 * @param model Where the net is from: run directory or saved model.
 * @param carry What the file says beside that.
 */
export async function exportToSafetensors(
  net: FaceNet,
  path: string,
  model: string,
  dtype: "F32" | "F16",
  carry: Carry = () => ({}),
): Promise<ExportedNet> {
  // The card inside is of the model's own file.
  const { [CARD_KEY]: _, ...own } = await readMetadata(await modelFile(model));
  await saveNet(net, path, own, { dtype });
  const metadata = carry(memorySource(await readFile(path)));
  if (Object.keys(metadata).length > 0) await saveNet(net, path, { ...own, ...metadata }, { dtype });
  const { net: loaded } = await loadNet(path);
  try {
    const got = tf.tidy(() => (loaded.model.apply(toImages(net, somePixels(net))) as tf.Tensor).dataSync());
    return { path, bytes: (await stat(path)).size, ...compare(net, somePixels(net), got as Float32Array) };
  } finally {
    loaded.model.dispose();
  }
}

/** `(pixels − 127.5) / 128`, as everywhere. */
function normalise(pixels: tf.Tensor4D): tf.Tensor4D {
  return tf.mul(tf.sub(tf.cast(pixels, "float32"), 127.5), 1 / 128);
}

/** Pixels without a pattern, the same each time. */
function somePixels(net: FaceNet): Uint8Array {
  const [H, W, C] = net.description.imageShape;
  return Uint8Array.from({ length: CHECKED * H * W * C }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
}

function toImages(net: FaceNet, pixels: Uint8Array): tf.Tensor4D {
  return normalise(tf.tensor4d(pixels, [CHECKED, ...net.description.imageShape], "int32"));
}

function compare(net: FaceNet, pixels: Uint8Array, got: Float32Array) {
  const expected = tf.tidy(() => (net.model.apply(toImages(net, pixels)) as tf.Tensor).dataSync());
  let [difference, largest] = [0, 0];
  expected.forEach((value, i) => {
    // A value that is not a number differs by more than anything.
    const apart = Math.abs(got[i] - value);
    difference = Math.max(difference, Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart);
    largest = Math.max(largest, Math.abs(value));
  });
  return { difference, largest };
}
