import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  readThresholdCard,
  type ThresholdCard,
  ThresholdCardError,
  thresholdCardPaths,
} from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import { modelFile } from "@amface/train";
import type { ForeignModel } from "../foreign/foreign-model.ts";
import { carriedCard } from "./carried-card.ts";
import { isFolder, modelDigest } from "./threshold-card-path.ts";

/** `--card` of commands that decide by one. */
export const cardOption = {
  value: "FILE",
  help: "threshold card [the one that eval --card or calibrate wrote beside the model, or else the one inside it]",
} as const;

/** A threshold card, and the file that it was found in. */
export interface FoundCard {
  readonly card: ThresholdCard;
  readonly path: string;
}

/**
 * The threshold card that a command decides by: the one asked for, or else the model's own, which lies beside it or, where
 * none does, is inside its file. A card under the name of former times, which `net.onnx` and `net.safetensors` share, is
 * the model's by its checksum, or where no other model has that name.
 *
 * @param loaded What was loaded of the model: cards that know theirs are compared with it.
 * @returns `undefined` where there is none.
 * @throws {ThresholdCardError} When there is no card as asked for, or it is no card, or one of other weights.
 */
export async function findCard(
  model: string,
  loaded: FaceNet | ForeignModel,
  asked?: string,
): Promise<FoundCard | undefined> {
  const digest = () => modelDigest(model, loaded);
  if (asked !== undefined) return checked(await read(asked), digest);
  if (await isFolder(model)) {
    const path = join(model, "thresholds.json");
    return existsSync(path) ? checked(await read(path), digest) : carried(await modelFile(model), loaded);
  }
  const [current, former] = thresholdCardPaths(model);
  if (existsSync(current)) return checked(await read(current), digest);
  const old = existsSync(former) ? await read(former) : undefined;
  const isOwn =
    old?.card.modelSha256 === undefined ? !hasNamesakes(model) : old.card.modelSha256 === (await digest());
  if (old && isOwn) return old;
  const inside = carried(model, loaded);
  if (inside || !old) return inside;
  if (old.card.modelSha256 !== undefined) return checked(old, digest);
  throw new ThresholdCardError(
    `Cannot take the threshold card ${former} for ${model}: expected it to say whose it is, got other models of that name; ` +
      `rename it to ${current} if it is this one's`,
  );
}

/**
 * `findCard` where there must be one.
 *
 * @throws {ThresholdCardError} As `findCard`, and when there is none.
 */
export async function requireCard(
  model: string,
  loaded: FaceNet | ForeignModel,
  asked?: string,
): Promise<FoundCard> {
  const found = await findCard(model, loaded, asked);
  if (found) return found;
  throw new ThresholdCardError(
    `Cannot find a threshold card of ${model}: expected one beside it or inside it, got none; ` +
      "write one with amface calibrate or amface eval --card, or give --card FILE",
  );
}

const read = async (path: string): Promise<FoundCard> => ({ card: await readThresholdCard(path), path });

/** The card inside a model's file. */
export function carried(file: string, loaded: FaceNet | ForeignModel): FoundCard | undefined {
  const card = carriedCard(file, "preprocessing" in loaded ? loaded.preprocessing : undefined);
  return card && { card, path: file };
}

async function checked(found: FoundCard, digest: () => Promise<string>): Promise<FoundCard> {
  const { modelSha256, model } = found.card;
  if (modelSha256 === undefined || modelSha256 === (await digest())) return found;
  throw new ThresholdCardError(
    `Cannot decide by the threshold card of ${model} (${found.path}): expected the weights that it was measured with, got others; ` +
      "measure again with amface calibrate or amface eval --card",
  );
}

/** Whether another model lies beside this one that differs by its extension only. */
function hasNamesakes(model: string): boolean {
  const stem = model.replace(/\.(safetensors|pth|pt|ckpt|onnx|json)$/, "");
  return ["safetensors", "pth", "pt", "ckpt", "onnx"]
    .map((extension) => `${stem}.${extension}`)
    .some((other) => other !== model && existsSync(other));
}
