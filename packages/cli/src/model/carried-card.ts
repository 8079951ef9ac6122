import { openBytes } from "@amface/files";
import { parseThresholdCard, type ThresholdCard } from "@amface/lfw-eval";
import { readOnnxHeader } from "@amface/nets";
import { listSafetensors } from "@amface/numpy";
import { isOnnxModel } from "../foreign/foreign-model.ts";

/** Under what key a model's file holds its threshold card: in ONNX's `metadata_props`, or safetensors' `__metadata__`. */
export const CARD_KEY = "amface.thresholds";

/** A card as the metadata of a model's file; it knows its model by being inside, and no file holds its own checksum. */
export function cardMetadata(card: ThresholdCard | undefined): Record<string, string> {
  if (card === undefined) return {};
  const { modelSha256: _, ...carried } = card;
  return { [CARD_KEY]: JSON.stringify(carried) };
}

/**
 * The threshold card inside a model's file.
 *
 * @returns `undefined` where there is none, or the file has no place for one.
 * @throws {ThresholdCardError} When what is there is no card.
 * @throws {Error} When the file is missing or damaged.
 */
export function carriedCard(file: string): ThresholdCard | undefined {
  if (!/\.(onnx|safetensors)$/i.test(file)) return undefined;
  const bytes = openBytes(file);
  try {
    const { metadata } = (isOnnxModel(file) ? readOnnxHeader : listSafetensors)(bytes, file);
    return metadata[CARD_KEY] === undefined
      ? undefined
      : parseThresholdCard(metadata[CARD_KEY], `in ${file}`);
  } finally {
    bytes.close();
  }
}
