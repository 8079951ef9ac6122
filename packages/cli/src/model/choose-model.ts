import { readWeights, WEIGHTS_DIR } from "@amface/weights";
import type { OptionSpec } from "../command/command.ts";

/** `--model` of commands that take the embedder of `@amface/weights` without it. */
export const modelOption = {
  value: "M",
  help: "run directory, saved model, F.onnx or model.json [the embedder of @amface/weights]",
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
 * @param dir Folder of weights other than that package's own.
 * @throws {WeightsError} When there is no embedder, or not the one of its card.
 */
export async function chooseModel(
  model: string | undefined,
  dir: string = WEIGHTS_DIR,
): Promise<ChosenModel> {
  if (model !== undefined) return { path: model };
  const { path, card } = await readWeights("embedder", dir);
  return { path, terms: card.terms };
}
