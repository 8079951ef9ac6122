import { type EngineChoice, type EngineOptions, useEngine } from "@amface/engine";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { UsageError } from "../command/command.ts";
import type { Reporter } from "../command/reporter.ts";
import { isOnnxModel } from "../foreign/foreign-model.ts";

export interface EngineValues {
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
  /** The model that is to be run; an ONNX one needs ONNX Runtime. */
  readonly model?: string | undefined;
}

/**
 * Starts the engine that `--engine` names, or the fastest, with `--threads`, and says once which and why.
 *
 * @param options `repeatable`: a net, which is not trained, gives a batch the same bits whichever came before, so that
 *   processes may share the batches.
 * @throws {UsageError} Where the engine asked for cannot run the model.
 */
export async function startEngine(
  { engine: asked, threads, model = "" }: EngineValues,
  reporter: Reporter,
  { repeatable = false, ...options }: EngineOptions & { readonly repeatable?: boolean } = {},
): Promise<EngineChoice & { readonly label: string }> {
  const engine = asked ?? (isOnnxModel(model) ? "onnx" : undefined);
  if (isOnnxModel(model) && !engine?.startsWith("onnx")) {
    throw new UsageError(
      `Cannot run ${model} on engine ${engine}: expected --engine onnx, or one of its devices`,
    );
  }
  const choice = await useEngine(engine, { ...options, ...(threads !== undefined && { threads }) });
  if (choice.name === "onnx" && repeatable) (tf.backend() as OnnxBackend).patience = 0;
  const label = `${choice.name}:${choice.device}`;
  const reason = choice.cores ? `${choice.reason}; ${choice.cores}` : choice.reason;
  reporter.say(`engine ${label}: ${reason}`);
  return { ...choice, reason, label };
}
