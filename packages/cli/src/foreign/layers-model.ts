import { basename } from "node:path";
import { loadTfjs, tfjsFiles } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { digestFiles } from "./digest-files.ts";
import type { ForeignModel } from "./foreign-model.ts";
import { chooseOutput, expectPixels, expectRows, readInput } from "./image-input.ts";
import { inBatches } from "./in-batches.ts";
import { prepareImages } from "./prepare-images.ts";
import { channelsOf, type KnownPreprocessing } from "./preprocessing.ts";

/**
 * Opens a model of layers in TensorFlow.js's format, such as its converter makes of Keras' models, on TensorFlow.js's
 * backend.
 *
 * @throws {Error} Where the file or its weights are damaged, or the model takes or gives something else.
 */
export async function openLayersModel(path: string, settings: KnownPreprocessing): Promise<ForeignModel> {
  const model = await loadTfjs(path);
  const values = (tensors: typeof model.inputs) =>
    tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const input = readInput(path, values(model.inputs), settings);
  if (input.dtype !== "float32") expectPixels(path, input.dtype, settings);
  const outputs = values(model.outputs);
  const output = chooseOutput(path, outputs, settings.output);
  const [height, width] = input.imageSize;
  const channels = channelsOf(settings.channels);
  const each = height * width * 3;
  const dims = input.layout === "nchw" ? [channels, height, width] : [height, width, channels];
  const run = (images: Float32Array, count: number) =>
    tf.tidy(() => {
      const prepared = prepareImages(images, each, settings, input.layout);
      const batch = tf.tensor(prepared, [count, ...dims], "float32");
      const given = input.dtype === "float32" ? batch : tf.cast(batch, input.dtype);
      const results = [explain(path, () => model.apply(given, { training: false }))].flat() as tf.Tensor[];
      const result = results[outputs.findIndex(({ name }) => name === output)];
      const data = explain(path, () => result.dataSync());
      return expectRows(path, { name: output, shape: result.shape, data }, count);
    });
  const embedder = inBatches(input.batch, each, run);
  const description = { imageShape: [height, width, 3] as const, embeddingSize: embedder.size };
  const embed = async (images: tf.Tensor4D) => embedder.embed((await images.data()) as Float32Array);
  const digest = async () => digestFiles([path, ...(await tfjsFiles(path))], settings);
  return {
    name: basename(path),
    description,
    embed,
    digest,
    preprocessing: settings,
    dispose: () => void model.dispose(),
  };
}

function explain<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    const got = (cause as Error).message.replaceAll(/\s+/g, " ").slice(0, 600);
    throw new Error(`Cannot run ${path}: expected layers that take these images, got: ${got}`, { cause });
  }
}
