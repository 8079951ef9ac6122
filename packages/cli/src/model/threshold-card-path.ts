import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { thresholdCardPaths } from "@amface/lfw-eval";
import type { FaceNet } from "@amface/nets";
import { runFolder } from "@amface/train";
import type { ForeignModel } from "../foreign/foreign-model.ts";

/** Where the threshold card of `--model` is written: in a run directory, or beside a saved model under its whole name. */
export async function thresholdCardPath(model: string): Promise<string> {
  return (await isFolder(model)) ? join(model, "thresholds.json") : thresholdCardPaths(model)[0];
}

/** SHA-256 of the file of weights behind `--model`, by which a card knows the model that it was measured with. */
export async function modelDigest(model: string, loaded: FaceNet | ForeignModel): Promise<string> {
  if ("digest" in loaded) return loaded.digest();
  const file = (await isFolder(model)) ? runFolder(model).model : model;
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
