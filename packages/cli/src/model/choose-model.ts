import { hasWeights, readWeights, WEIGHTS_DIR } from "@amface/weights";
import { type OptionSpec, UsageError } from "../command/command.ts";

/** `--model` of commands that take the embedder of `@amface/weights` without it. */
export const modelOption = {
  value: "M",
  help: "run directory, saved model, F.onnx or model.json [the embedder of @amface/weights, where it has one]",
} as const satisfies OptionSpec;

/** The model that a command embeds with. */
export interface ChosenModel {
  /** Run directory or saved model. */
  readonly path: string;
  /** What it may be used for, where it is amface's own. */
  readonly terms?: string;
}

/**
 * The model that was asked for, or else the embedder of `@amface/weights`, checked by its card.
 *
 * @param work What cannot be done without one.
 * @param dir Folder of weights other than that package's own.
 * @throws {UsageError} When none was asked for and there is no embedder.
 * @throws {WeightsError} When the embedder is not the one of its card.
 */
export async function chooseModel(
  model: string | undefined,
  work: string,
  dir: string = WEIGHTS_DIR,
): Promise<ChosenModel> {
  if (model !== undefined) return { path: model };
  if (!(await hasWeights("embedder", dir))) {
    throw new UsageError(
      `Cannot ${work} without --model M: expected a run directory or saved model, or an embedder in @amface/weights, got neither; ` +
        "train a model with amface train",
    );
  }
  const { path, card } = await readWeights("embedder", dir);
  return { path, terms: card.terms };
}
