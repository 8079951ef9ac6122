import type { ReportData } from "@amface/lfw-eval";
import type { EvalValues, PairsResult } from "../commands/eval.ts";
import { worstPictures } from "../evaluate-photos.ts";
import type { Measured } from "./measure.ts";

/** What the report of an evaluation shows. */
export async function reportData(
  { name, pairs, table, engine }: Measured,
  evaluation: PairsResult,
  { model, flip, "lfw-dir": dir }: EvalValues,
): Promise<ReportData> {
  return {
    title: model === undefined ? name : `${name} on ${evaluation.pairs + evaluation.skippedPairs} pairs`,
    result: { name, evaluation, table },
    ...(dir !== undefined && { worstPairs: await worstPictures(dir, { table, evaluation }) }),
    details: model === undefined ? { distances: pairs } : { model, pairs, flip, engine: engine ?? "" },
  };
}
