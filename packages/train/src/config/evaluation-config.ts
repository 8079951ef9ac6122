import { z } from "zod";

/** A set of pairs that is watched while a net trains. */
export interface TestSetConfig {
  /** What scores, charts and reports call it. */
  readonly name: string;
  /** Identity folders of crops, aligned like those that are trained on. */
  readonly dir: string;
  /** List of pairs, in any layout of `readPairList`. */
  readonly pairs: string;
  /** Number of folds; those of the list where absent. */
  readonly folds?: number | undefined;
}

/** What a run watches and how it is evaluated; of all this only the validation split changes what is trained. */
export interface EvaluationConfig {
  /**
   * Identities held out of the training, whose photos choose the net: a count, or a share of all where below 1; 0 for
   * none. Only identities of two photos or more are held out.
   */
  readonly validationIdentities: number;
  /** Pairs to draw from them; fewer where they have not so many. */
  readonly validationPairs: number;
  /** Crops of a test set, called `lfw`. */
  readonly lfwDir?: string | undefined;
  /** Its pairs. */
  readonly lfwPairs?: string | undefined;
  /** Its number of folds; those of its pairs where absent. */
  readonly lfwNrofFolds?: number | undefined;
  /** Crops a batch of every evaluation. */
  readonly lfwBatchSize: number;
  /** Further test sets. */
  readonly testSets?: readonly TestSetConfig[] | undefined;
  /** Epochs between two evaluations; the last epoch always has one. */
  readonly evaluationEpochs: number;
  /** Write TensorBoard events. */
  readonly tensorboard: boolean;
  /** Steps between two histograms of angles and norms in the events. */
  readonly histogramSteps: number;
}

const count = () => z.int().positive();
const path = () => z.string().min(1);

/** The options' checks and defaults. */
export const evaluationShape = {
  validationIdentities: z.number().nonnegative().default(0),
  validationPairs: z.int().min(8).default(6000),
  lfwDir: path().optional(),
  lfwPairs: path().optional(),
  lfwNrofFolds: z.int().min(2).optional(),
  lfwBatchSize: count().default(64),
  testSets: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w.-]+$/, "expected letters, digits, ., - and _"),
        dir: path(),
        pairs: path(),
        folds: z.int().min(2).optional(),
      }),
    )
    .optional(),
  evaluationEpochs: count().default(1),
  tensorboard: z.boolean().default(true),
  histogramSteps: count().default(100),
};

/** Options that a resumed run may change: they enter nothing that was computed before. */
export const CHANGEABLE_EVALUATION: readonly (keyof EvaluationConfig)[] = [
  "lfwDir",
  "lfwPairs",
  "lfwNrofFolds",
  "lfwBatchSize",
  "testSets",
  "evaluationEpochs",
  "tensorboard",
  "histogramSteps",
];

/**
 * The test sets of a config.
 *
 * @throws {RangeError} Where a folder comes without pairs or pairs without a folder, or two sets have one name.
 */
export function testSetsOf(config: EvaluationConfig): TestSetConfig[] {
  const { lfwDir: dir, lfwPairs: pairs, lfwNrofFolds: folds, testSets = [] } = config;
  if ((dir === undefined) !== (pairs === undefined)) {
    const [given, missing] = dir === undefined ? ["lfwPairs", "lfwDir"] : ["lfwDir", "lfwPairs"];
    throw new RangeError(`expected ${missing} beside ${given}, got none`);
  }
  const lfw = dir === undefined || pairs === undefined ? [] : [{ name: "lfw", dir, pairs, folds }];
  const sets = [...lfw, ...testSets];
  const names = sets.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i || name === "validation");
  if (twice !== undefined) throw new RangeError(`testSets: expected names of their own, got ${twice} again`);
  return sets;
}
