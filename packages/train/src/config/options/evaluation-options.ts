import { z } from "zod";
import { count, nonnegative, optionTexts, path } from "../../option/option.ts";

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

const folds = () => z.int().min(2).optional();

const testSet = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, "expected letters, digits, ., - and _"),
  dir: path(),
  pairs: path(),
  folds: folds(),
});
const testSets: z.ZodType<readonly TestSetConfig[]> = z.array(testSet);

/** What a run is evaluated on and what it tells; of all this only the validation split changes what is trained. */
export const evaluationOptions = {
  /**
   * Identities held out of the training, whose photos choose the net: a count, or a share of all where below 1; 0 for
   * none. Only identities of two photos or more are held out.
   */
  validationIdentities: nonnegative().default(0).register(optionTexts, {
    value: "N",
    help: "held-out identities that choose the model: a count, or a share below 1; with none, the last net is the model",
  }),
  /** Pairs to draw from them; fewer where they have not so many. */
  validationPairs: z.int().min(8).default(6000).register(optionTexts, {
    value: "N",
    help: "pairs drawn from them, at most as many as they have",
  }),
  /** Evaluations of held-out people without a better one after which the run ends; it goes on to its end where absent. */
  patience: count().optional().register(optionTexts, {
    value: "N",
    help: "end the run after N evaluations of held-out identities running without a better score",
    absent: "never",
  }),
  /** Crops of a test set, called `lfw`. */
  lfwDir: path().optional().register(optionTexts, {
    value: "DIR",
    help: "crops of a test set, evaluated at the same time; it never chooses the model (further sets: testSets in --config)",
  }),
  /** Its pairs. */
  lfwPairs: path().optional().register(optionTexts, {
    value: "FILE",
    help: "its pairs, in any layout that eval reads",
  }),
  /** Its number of folds; those of its pairs where absent. */
  lfwNrofFolds: folds().register(optionTexts, {
    value: "K",
    help: "its number of folds",
    absent: "those of the pairs",
  }),
  /** Crops a batch of every evaluation. */
  lfwBatchSize: count().default(64).register(optionTexts, {
    value: "N",
    help: "crops per batch of every evaluation",
  }),
  /** Further test sets. */
  testSets: testSets.optional().register(optionTexts, {
    noFlag: "only in --config, being a list of objects",
    help: "further test sets: name, dir, pairs and folds of each",
  }),
  /** Epochs between two evaluations; the last epoch always has one. */
  evaluationEpochs: count()
    .default(1)
    .register(optionTexts, { value: "N", help: "epochs between two evaluations" }),
  /** Write TensorBoard events. */
  tensorboard: z.boolean().default(true).register(optionTexts, { help: "write no TensorBoard events" }),
  /** Steps between two histograms of angles and norms in the events. */
  histogramSteps: count().default(100).register(optionTexts, {
    value: "N",
    help: "steps between two histograms of angles and norms in the events",
  }),
};
