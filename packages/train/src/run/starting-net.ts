import { stat } from "node:fs/promises";
import { createNet, type FaceNet, loadNet, netVariables } from "@amface/nets";
import { ConfigError } from "../config/resolve-config.ts";
import type { TrainConfig } from "../config/train-config.ts";
import { runFolder } from "./run-folder.ts";

/** Options of a net that decide what its weights are. */
const SHAPING = ["imageSize", "embeddingSize", "batchNorm", "padding"] as const;

/**
 * The net that a config describes, with fresh weights or those of its pretrained model; the caller disposes it.
 *
 * @param isNew Whether the run is: one that is resumed has weights of its own.
 * @throws {ConfigError} As for the pretrained model.
 */
export async function startingNet(config: TrainConfig, isNew: boolean): Promise<FaceNet> {
  const { net: name, embeddingSize, imageSize, batchNorm, keepProbability, seed, pretrainedModel } = config;
  const size = embeddingSize === undefined ? {} : { embeddingSize };
  const net = createNet(name, { imageSize, batchNorm, keepProbability, seed, ...size });
  try {
    if (isNew && pretrainedModel !== undefined) await loadPretrained(net, pretrainedModel);
    return net;
  } catch (error) {
    net.model.dispose();
    throw error;
  }
}

/**
 * Gives a net the weights of a saved one, moving statistics included; a run's head is not saved and stays behind.
 *
 * @param path A saved model, or the folder of a finished run.
 * @throws {ConfigError} When there is none, or it is another net, of another size or with other options; `net` is then as
 *   it was.
 */
async function loadPretrained(net: FaceNet, path: string): Promise<void> {
  const refuse = (expected: string, got: string, cause?: unknown): never => {
    throw new ConfigError(
      `Cannot start from the pretrained model ${path}: expected ${expected}, got ${got}`,
      {
        cause,
      },
    );
  };
  const found = await stat(path).catch(() => undefined);
  const file = found?.isDirectory() ? runFolder(path).model : path;
  const { net: saved } = await loadNet(file).catch((error: Error) =>
    refuse("a model that amface saved, or the folder of a finished run", error.message, error),
  );
  try {
    if (saved.name !== net.name) refuse(`net to be ${saved.name} as there`, net.name);
    for (const name of SHAPING) {
      const [there, here] = [JSON.stringify(saved.options[name]), JSON.stringify(net.options[name])];
      if (there !== here) refuse(`${name} to be ${there} as there`, here);
    }
    const weights = netVariables(saved.model);
    for (const [i, { variable }] of netVariables(net.model).entries()) variable.assign(weights[i].variable);
  } finally {
    saved.model.dispose();
  }
}
