import { readAlignment } from "@amface/images";
import { makeThresholdCard, writeThresholdCard } from "@amface/lfw-eval";
import { modelDigest, thresholdCardPath } from "../model/threshold-card-path.ts";
import type { EvalValues } from "./eval-options.ts";
import type { Measured } from "./measured.ts";

/** Writes the threshold card of the measured pairs beside the model; returns its path. */
export async function writeCard({ name, pairs, table, net }: Measured, values: EvalValues): Promise<string> {
  const { model, "lfw-dir": dir, flip, seed, bootstrap } = values;
  const path = await thresholdCardPath(model!);
  const card = makeThresholdCard(table, {
    model: name,
    modelSha256: await modelDigest(model!, net!),
    pairs,
    flip,
    seed,
    replicates: bootstrap === 0 ? undefined : bootstrap,
    alignment: dir === undefined ? null : ((await readAlignment(dir)) ?? null),
  });
  await writeThresholdCard(path, card);
  return path;
}
