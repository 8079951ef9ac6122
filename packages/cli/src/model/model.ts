import { type FaceNet, NET_NAMES } from "@amface/nets";
import { loadModel } from "@amface/train";
import { type OptionSpec, type OptionValues, UsageError } from "../command/command.ts";
import { oneOf } from "../command/parse.ts";
import type { Reporter } from "../command/reporter.ts";
import { type ForeignModel, isForeignModel } from "../foreign/foreign-model.ts";
import { openForeignModel } from "../foreign/open-foreign-model.ts";
import { type PreprocessingValues, preprocessingOptions } from "../foreign/preprocessing-options.ts";

export { loadModel };

/** `--net`, in every command that takes `--model`. */
export const netOption = {
  value: "NAME",
  help: "net of --model, if it is another program's weights: PyTorch's (.pth, .pt, .ckpt, .safetensors), or a TensorFlow checkpoint",
  parse: oneOf(...NET_NAMES),
} as const satisfies OptionSpec;

/** `--net`, and how images are prepared for models that are no net of amface's. */
export const modelOptions = { net: netOption, ...preprocessingOptions } as const;

export type ModelValues = Partial<OptionValues<typeof modelOptions>>;

/**
 * Loads what embeds: one of amface's nets, or another program's model (`F.onnx`, `model.json`). An engine that runs it is
 * in use.
 *
 * @throws {UsageError} Where options are given that its kind does not take.
 */
export async function loadEmbedding(
  path: string,
  values: ModelValues,
  reporter: Reporter,
): Promise<FaceNet | ForeignModel> {
  if (!isForeignModel(path)) {
    const given = Object.keys(preprocessingOptions).find(
      (name) => values[name as keyof PreprocessingValues] !== undefined,
    );
    if (given === undefined) return loadModel(path, values.net);
    throw new UsageError(
      `Cannot take --${given}: expected it with --model F.onnx or model.json, got ${path}`,
    );
  }
  if (values.net !== undefined) {
    throw new UsageError(`Cannot take --net: ${path} is run as it is; leave --net out`);
  }
  return openForeignModel(path, values, reporter);
}
