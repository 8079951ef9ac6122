import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "@amface/files";
import { type CardThreshold, type ThresholdCard, ThresholdCardError } from "./threshold-card.ts";

/** @throws {WriteError} When the place is not writable. */
export async function writeThresholdCard(path: string, card: ThresholdCard): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(card, null, 2)}\n`);
}

/** @throws {ThresholdCardError} When there is no such file, or it is no threshold card. */
export async function readThresholdCard(path: string): Promise<ThresholdCard> {
  let card: ThresholdCard | null;
  try {
    card = JSON.parse(await readFile(path, "utf8")) as ThresholdCard | null;
  } catch (cause) {
    throw new ThresholdCardError(`Cannot read the threshold card ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const numbers = (entry: CardThreshold) => [
    entry?.far,
    entry?.threshold,
    ...(entry?.interval ?? [Number.NaN]),
  ];
  const sound =
    card?.format === "amface-threshold-card" &&
    card.version === 1 &&
    ["concat", "sum", "none"].includes(card.flip) &&
    Array.isArray(card.thresholds) &&
    card.thresholds.every((entry) => numbers(entry).every((value) => typeof value === "number"));
  if (sound) return card as ThresholdCard;
  throw new ThresholdCardError(
    `Cannot read the threshold card ${path}: expected format amface-threshold-card, version 1, got something else`,
  );
}
