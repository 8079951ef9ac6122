import type { FaceSource, ShardSource } from "@amface/data";
import type { AlignmentRecord } from "@amface/images";
import { type EvaluationConfig, testSetsOf } from "./evaluation-config.ts";
import { type PairSet, testSet, validationSet } from "./pair-set.ts";

/** What a run is evaluated on. */
export interface PairSets {
  readonly validation?: PairSet;
  readonly tests: readonly PairSet[];
}

/**
 * Finds and draws all pairs of a config.
 *
 * @param heldOut The people held out of the training, where there are any.
 * @param trainedOn How the crops that are trained on were made, where it is known.
 * @throws As `validationSet` and `testSet`.
 */
export async function pairSets(
  config: EvaluationConfig & { readonly seed: number },
  heldOut: FaceSource | ShardSource | undefined,
  trainedOn: AlignmentRecord | undefined,
): Promise<PairSets> {
  const tests: PairSet[] = [];
  for (const set of testSetsOf(config)) tests.push(await testSet(set, trainedOn));
  return heldOut === undefined ? { tests } : { validation: await validationSet(heldOut, config), tests };
}
