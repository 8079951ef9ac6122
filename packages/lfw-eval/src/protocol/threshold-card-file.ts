import { readFile } from "node:fs/promises";
import { jsonShape, parseJson, writeFileAtomic } from "@amface/files";
import { type CardThreshold, type ThresholdCard, ThresholdCardError } from "./threshold-card.ts";

/**
 * Where the threshold card of a saved model may lie: beside it under its whole name, as it is written (`net.onnx` and
 * `net.safetensors` have one each), or without the extension, as it was until 2026-11-29.
 */
export function thresholdCardPaths(model: string): readonly [current: string, former: string] {
  const former = model.replace(/\.(safetensors|pth|pt|ckpt|onnx|json)$/, "");
  return [`${model}.thresholds.json`, `${former}.thresholds.json`];
}

/** @throws {WriteError} When the place is not writable. */
export async function writeThresholdCard(path: string, card: ThresholdCard): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(card, null, 2)}\n`);
}

const { anything, fields, listOf, number, oneOf, optional, text } = jsonShape;

const INTERVAL = listOf(number, 2);

const CARD = fields<ThresholdCard>({
  format: oneOf("amface-threshold-card"),
  version: oneOf(1),
  model: text,
  modelSha256: optional(text),
  tensorsSha256: optional(text),
  metric: oneOf("squared distance of L2-normalised embeddings"),
  flip: oneOf("concat", "sum", "none"),
  measured: fields<ThresholdCard["measured"]>({
    pairs: text,
    same: number,
    different: number,
    people: optional(number),
    resampled: oneOf("identities", "pairs"),
    level: number,
  }),
  thresholds: listOf(
    fields<CardThreshold>({
      far: number,
      threshold: number,
      farInterval: optional(INTERVAL),
      interval: optional(INTERVAL),
      tar: number,
      tarInterval: optional(INTERVAL),
    }),
  ),
  alignment: anything,
  warnings: listOf(text),
});

/**
 * @throws {ThresholdCardError} When there is no such file, or it is no threshold card: then it names the field that is
 *   wrong, what was expected and what was got.
 */
export async function readThresholdCard(path: string): Promise<ThresholdCard> {
  const json = await readFile(path, "utf8").catch((cause: Error) => fail(path, cause));
  return parseThresholdCard(json, path);
}

/**
 * Reads a card that is text already, such as one inside a model's file.
 *
 * @param source Where it is from, for the error.
 * @throws {ThresholdCardError} As `readThresholdCard`.
 */
export function parseThresholdCard(json: string, source: string): ThresholdCard {
  try {
    return parseJson<ThresholdCard>(json, CARD);
  } catch (cause) {
    return fail(source, cause as Error);
  }
}

function fail(source: string, cause: Error): never {
  throw new ThresholdCardError(`Cannot read the threshold card ${source}: ${cause.message}`, { cause });
}
