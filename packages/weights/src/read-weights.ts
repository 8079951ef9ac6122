import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModelCard, parseModelCard } from "./model-card.ts";
import { WeightsError } from "./weights-error.ts";

/** The package's folder of weights, beside `src` and `dist` alike. */
export const WEIGHTS_DIR = fileURLToPath(new URL("../weights", import.meta.url));

/** What weights are for: faces' boxes and landmarks, or embeddings of crops. */
export type WeightsName = "detector" | "embedder";

export interface Weights {
  /** The safetensors file. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly card: ModelCard;
}

/** Whether a folder, by default the package's own, holds these weights. */
export async function hasWeights(name: WeightsName, dir: string = WEIGHTS_DIR): Promise<boolean> {
  return (await filesIn(dir)).includes(`${name}.safetensors`);
}

/**
 * Reads weights with their card and checks them by its checksum.
 *
 * @param dir Other than the package's own folder.
 * @throws {WeightsError} Where file or card is missing, the card is none, or the file is not the one that it is of.
 */
export async function readWeights(name: WeightsName, dir: string = WEIGHTS_DIR): Promise<Weights> {
  const card = await readCard(name, dir);
  const path = join(dir, `${name}.safetensors`);
  const bytes = await readFile(path).catch(missing(path));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (card.file !== `${name}.safetensors` || card.bytes !== bytes.length || card.sha256 !== sha256) {
    throw new WeightsError(
      `Cannot use the weights ${path}: expected ${card.file} of ${card.bytes} bytes with SHA-256 ${card.sha256}, ` +
        `got ${bytes.length} bytes with ${sha256}; install @amface/weights again`,
    );
  }
  return { path, bytes, card };
}

/**
 * The cards of all weights in a folder, by name. The weights themselves are not read.
 *
 * @throws {WeightsError} Where weights have no card, or it is none.
 */
export async function listWeights(dir: string = WEIGHTS_DIR): Promise<ModelCard[]> {
  const names = (await filesIn(dir)).flatMap((file) => file.match(/^(.+)\.safetensors$/)?.[1] ?? []);
  return Promise.all(names.sort().map((name) => readCard(name, dir)));
}

async function readCard(name: string, dir: string): Promise<ModelCard> {
  const path = join(dir, `${name}.json`);
  const json = await readFile(path, "utf8").catch(missing(path));
  try {
    return parseModelCard(json);
  } catch (cause) {
    throw new WeightsError(`Cannot read the model card ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function filesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch(missing(dir));
}

const missing =
  (path: string) =>
  (cause: NodeJS.ErrnoException): never => {
    const got = cause.code === "ENOENT" ? "nothing there" : cause.message;
    throw new WeightsError(`Cannot read ${path}: ${got}; install @amface/weights again`, { cause });
  };
