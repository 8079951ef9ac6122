import { type EngineChoice, type EngineOptions, useEngine } from "@amface/engine";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import type { Reporter } from "../command/reporter.ts";

/**
 * Starts the engine that `--engine` names, or the fastest, with `--threads`, and says once which and why.
 *
 * @param options `repeatable`: a net, which is not trained, gives a batch the same bits whichever came before, so that
 *   processes may share the batches.
 */
export async function startEngine(
  { engine, threads }: { readonly engine?: string | undefined; readonly threads?: number | undefined },
  reporter: Reporter,
  { repeatable = false, ...options }: EngineOptions & { readonly repeatable?: boolean } = {},
): Promise<EngineChoice & { readonly label: string }> {
  const choice = await useEngine(engine, { ...options, ...(threads !== undefined && { threads }) });
  if (choice.name === "onnx" && repeatable) (tf.backend() as OnnxBackend).patience = 0;
  const label = `${choice.name}:${choice.device}`;
  const reason = choice.cores ? `${choice.reason}; ${choice.cores}` : choice.reason;
  reporter.say(`engine ${label}: ${reason}`);
  return { ...choice, reason, label };
}
