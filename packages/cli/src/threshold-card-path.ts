import { stat } from "node:fs/promises";
import { join } from "node:path";

/** Where the threshold card of `--model` lies: in a run directory, or beside a saved model under its name. */
export async function thresholdCardPath(model: string): Promise<string> {
  const found = await stat(model).catch(() => undefined);
  if (found?.isDirectory()) return join(model, "thresholds.json");
  return `${model.replace(/\.safetensors$/, "")}.thresholds.json`;
}
