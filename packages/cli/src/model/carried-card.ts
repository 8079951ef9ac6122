import { openBytes } from "@amface/files";
import { parseThresholdCard, type ThresholdCard, ThresholdCardError } from "@amface/lfw-eval";
import { readOnnxHeader } from "@amface/nets";
import { listSafetensors } from "@amface/numpy";
import { isOnnxModel } from "../foreign/foreign-model.ts";
import type { Preprocessing } from "../foreign/preprocessing.ts";
import { tensorsDigest } from "./tensors-digest.ts";

/** Under what key a model's file holds its threshold card: in ONNX's `metadata_props`, or safetensors' `__metadata__`. */
export const CARD_KEY = "amface.thresholds";

/** Warning of a card that cannot be checked. */
const UNBOUND =
  "it does not say for which weights it was put into the model's file; export again to have it checked";

/**
 * A card as the metadata of a model's file, which it knows by its tensors: no file holds its own checksum.
 *
 * @param tensorsSha256 `tensorsDigest` of that file.
 */
export function cardMetadata(card: ThresholdCard, tensorsSha256: string): Record<string, string> {
  const { modelSha256: _, ...carried } = card;
  return { [CARD_KEY]: JSON.stringify({ ...carried, tensorsSha256 }) };
}

/**
 * The threshold card inside a model's file; one of before 2026-11-30, which does not know its tensors, gets a warning of that.
 *
 * @param preprocessing How images are prepared for an ONNX model.
 * @returns `undefined` where there is none, or the file has no place for one.
 * @throws {ThresholdCardError} When what is there is no card, or one of other tensors or of images prepared in another way.
 * @throws {Error} When the file is missing or damaged.
 */
export function carriedCard(file: string, preprocessing?: Preprocessing): ThresholdCard | undefined {
  if (!/\.(onnx|safetensors)$/i.test(file)) return undefined;
  const bytes = openBytes(file);
  try {
    const { metadata } = (isOnnxModel(file) ? readOnnxHeader : listSafetensors)(bytes, file);
    if (metadata[CARD_KEY] === undefined) return undefined;
    const card = parseThresholdCard(metadata[CARD_KEY], `in ${file}`);
    if (card.tensorsSha256 === undefined) return { ...card, warnings: [...card.warnings, UNBOUND] };
    if (card.tensorsSha256 === tensorsDigest(bytes, file, preprocessing)) return card;
    throw new ThresholdCardError(
      `Cannot decide by the threshold card inside ${file}: expected the weights and the preprocessing that it was put there with, ` +
        "got others; measure again with amface calibrate or amface eval --card",
    );
  } finally {
    bytes.close();
  }
}
