import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isBelow, writeFileAtomic } from "@amface/files";
import { io } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import type { FaceNet } from "../architectures/create-net.ts";
import { checkTopology } from "./check-topology.ts";
import { netMetadata } from "./net-file.ts";

const WEIGHTS = "weights.bin";

/**
 * Saves a net in TensorFlow.js's own format, `model.json` and `weights.bin` in a folder, for programs that know
 * nothing of this package: all layers are TensorFlow.js's own. `tf.loadLayersModel(url)` loads it in a browser,
 * `loadTfjs(folder)` from the disk.
 *
 * @param metadata Further entries of the model's `userDefinedMetadata`, beside `net` and `options`.
 * @returns The path of `model.json`.
 * @throws {WriteError} Where the folder is not writable.
 */
export async function saveTfjs(
  net: FaceNet,
  folder: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = join(folder, "model.json");
  await net.model.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs = [], weightData, ...artifacts }) => {
      const { format, generatedBy, convertedBy } = artifacts;
      const bytes = new Uint8Array(io.concatenateArrayBuffers([weightData ?? []].flat()));
      const model = {
        ...{ format, generatedBy, convertedBy, modelTopology },
        userDefinedMetadata: { ...metadata, ...netMetadata(net) },
        weightsManifest: [{ paths: [WEIGHTS], weights: weightSpecs }],
      };
      // The weights first: a model.json never stands without what it names.
      await writeFileAtomic(join(folder, WEIGHTS), bytes);
      await writeFileAtomic(path, JSON.stringify(model));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    }),
  );
  return path;
}

/** Files of at most so many bytes are read as `model.json`. */
const LONGEST_JSON = 2 ** 27;

/**
 * Loads a model of layers in TensorFlow.js's format.
 *
 * @param path A `model.json` by any name, or the folder of one.
 * @throws {TfjsFileError} Where a file is missing or damaged, is not of that format, or has layers that TensorFlow.js has not.
 */
export async function loadTfjs(path: string): Promise<LayersModel> {
  const file = modelJson(path);
  const refuse = (cause: unknown): never => {
    if (cause instanceof TfjsFileError) throw cause;
    const got = (cause as Error).message.replaceAll(/\s+/g, " ").slice(0, 600);
    throw new TfjsFileError(`Cannot load ${file}: expected a model of TensorFlow.js's layers, got: ${got}`, {
      cause,
    });
  };
  try {
    const model = await readModel(file);
    const artifacts = await io.getModelArtifactsForJSON(model, async (manifest) => {
      const parts = await Promise.all(weightFiles(file, manifest).map((part) => readFile(part)));
      return [io.getWeightSpecs(manifest), new Uint8Array(Buffer.concat(parts)).buffer];
    });
    return await loadLayersModel(io.fromMemory(artifacts));
  } catch (cause) {
    return refuse(cause);
  }
}

/** The files of weights that a `model.json` names. */
export async function tfjsFiles(path: string): Promise<readonly string[]> {
  const file = modelJson(path);
  return weightFiles(file, (await readModel(file)).weightsManifest);
}

/** A model in TensorFlow.js's format that cannot be loaded. */
export class TfjsFileError extends Error {
  override readonly name = "TfjsFileError";
}

const modelJson = (path: string) => (/\.json$/i.test(path) ? path : join(path, "model.json"));

async function readModel(file: string): Promise<io.ModelJSON> {
  const { size } = await stat(file);
  if (size > LONGEST_JSON) throw new RangeError(`${size} bytes`);
  const model = JSON.parse(await readFile(file, "utf8")) as Partial<io.ModelJSON> | null;
  if (model?.format === "graph-model") {
    throw new TfjsFileError(
      `Cannot load ${file}: expected a model of layers, got a graph model, of which TensorFlow.js's converter knows no layers; ` +
        "convert with --output_format tfjs_layers_model, or give the ONNX model",
    );
  }
  const { modelTopology, weightsManifest } = model ?? {};
  if (typeof modelTopology !== "object" || modelTopology === null) throw new RangeError("no modelTopology");
  if (!Array.isArray(weightsManifest)) throw new RangeError("no weightsManifest");
  checkTopology(modelTopology);
  return { ...(model as io.ModelJSON), modelTopology: withoutKernels(modelTopology) };
}

/**
 * The topology without fields of separable convolutions that Keras writes, empty, and TensorFlow.js refuses: `kernel_initializer`
 * and the like, where both have a depthwise and a pointwise one.
 */
function withoutKernels<T>(topology: T): T {
  return JSON.parse(JSON.stringify(topology), (key, value) => {
    if (key !== "config" || value?.pointwise_initializer === undefined) return value;
    const { kernel_initializer, kernel_regularizer, kernel_constraint, ...rest } = value;
    return rest;
  });
}

/** The paths of weights, which must lie below the model's folder. */
function weightFiles(file: string, manifest: io.WeightsManifestConfig): string[] {
  return manifest.flatMap(({ paths }) =>
    paths.map((path) => {
      if (isBelow(path)) return join(dirname(file), path);
      throw new RangeError(`weights in ${JSON.stringify(path)}, which is not below the model's folder`);
    }),
  );
}
