import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { io } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import type { FaceNet } from "../architectures/create-net.ts";
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

/**
 * Loads a model of TensorFlow.js's format from a folder.
 *
 * @throws {Error} Where a file is missing, or is not of that format.
 */
export async function loadTfjs(folder: string): Promise<LayersModel> {
  const path = join(folder, "model.json");
  const model = JSON.parse(await readFile(path, "utf8")) as io.ModelJSON;
  const artifacts = await io.getModelArtifactsForJSON(model, async (manifest) => {
    const paths = manifest.flatMap((group) => group.paths.map((name) => join(folder, name)));
    const parts = await Promise.all(paths.map((part) => readFile(part)));
    return [io.getWeightSpecs(manifest), new Uint8Array(Buffer.concat(parts)).buffer];
  });
  return loadLayersModel(io.fromMemory(artifacts));
}
