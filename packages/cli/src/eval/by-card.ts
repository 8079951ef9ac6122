import { type CardThreshold, countLess, type DistanceTable, sortDistances } from "@amface/lfw-eval";
import { type FoundCard, findCard } from "../model/find-card.ts";
import type { ByCard, CardRate, EvalContext, EvalValues } from "./eval-options.ts";
import type { Measured } from "./measured.ts";

/**
 * Error rates at the thresholds of the model's card.
 *
 * @returns `undefined` where there is no card of this model and way to join mirrored crops; one that does not fit is told of.
 */
export async function measureByCard(
  { table, digest }: Measured,
  { model, flip }: EvalValues,
  { reporter }: EvalContext,
): Promise<ByCard | undefined> {
  if (model === undefined || digest === undefined) return undefined;
  let found: FoundCard | undefined;
  try {
    found = await findCard(model, digest);
  } catch (error) {
    reporter.warn(`Warning: ${(error as Error).message}`);
  }
  if (found === undefined || found.card.flip !== flip) return undefined;
  return { path: found.path, rates: found.card.thresholds.map(rateOn(table)) };
}

function rateOn({ distances, issame }: DistanceTable): (threshold: CardThreshold) => CardRate {
  const { same, different } = sortDistances(distances, issame);
  return ({ far, farInterval, threshold }) => ({
    ...{ far, threshold, ...(farInterval && { farInterval }) },
    measured: {
      far: countLess(different, threshold) / different.length,
      tar: countLess(same, threshold) / same.length,
    },
  });
}
