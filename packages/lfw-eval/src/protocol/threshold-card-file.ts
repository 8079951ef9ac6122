import { readFile } from "node:fs/promises";
import { jsonShape, parseJson, writeFileAtomic } from "@amface/files";
import { type CardThreshold, type ThresholdCard, ThresholdCardError } from "./threshold-card.ts";

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
  metric: oneOf("squared distance of L2-normalised embeddings"),
  flip: oneOf("concat", "sum", "none"),
  measured: fields<ThresholdCard["measured"]>({
    pairs: text,
    same: number,
    different: number,
    resampled: oneOf("identities", "pairs"),
    level: number,
  }),
  thresholds: listOf(
    fields<CardThreshold>({
      far: number,
      threshold: number,
      interval: INTERVAL,
      tar: number,
      tarInterval: INTERVAL,
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
  try {
    return parseJson<ThresholdCard>(await readFile(path, "utf8"), CARD);
  } catch (cause) {
    throw new ThresholdCardError(`Cannot read the threshold card ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
