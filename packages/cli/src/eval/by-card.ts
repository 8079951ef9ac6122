import { readAlignment } from "@amface/images";
import { type CardThreshold, countLess, type DistanceTable, sortDistances } from "@amface/lfw-eval";
import { checkCardAlignment } from "../model/check-alignment.ts";
import { type FoundCard, findCard } from "../model/find-card.ts";
import type { ByCard, CardRate, EvalContext, EvalValues } from "./eval-options.ts";
import type { Measured } from "./measured.ts";

/**
 * Error rates at the thresholds of the model's card; crops that were made in another way than the card's are told of.
 *
 * @returns `undefined` where there is no card of this model and way to join mirrored crops; one that does not fit is told of.
 */
export async function measureByCard(
  { table, net }: Measured,
  { model, flip, "lfw-dir": dir }: EvalValues,
  { reporter }: EvalContext,
): Promise<ByCard | undefined> {
  if (model === undefined || net === undefined) return undefined;
  let found: FoundCard | undefined;
  try {
    found = await findCard(model, net);
  } catch (error) {
    reporter.warn(`Warning: ${(error as Error).message}`);
  }
  if (found === undefined) return undefined;
  const { card, path } = found;
  if (card.flip !== flip) {
    reporter.warn(
      `Warning: no error rates by the threshold card ${path}: it holds for --flip ${card.flip}, the pairs were measured by ${flip}`,
    );
    return undefined;
  }
  if (dir !== undefined) {
    const options = { allowed: true, reporter };
    checkCardAlignment(path, card.alignment, await readAlignment(dir), dir, options);
  }
  return { path, rates: card.thresholds.map(rateOn(table)) };
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
