import { type EngineChoice, type EngineOptions, useEngine } from "@amface/engine";
import type { Reporter } from "../command/reporter.ts";

/** Starts the engine that `--engine` names, or the fastest, with `--threads`, and says once which and why. */
export async function startEngine(
  { engine, threads }: { readonly engine?: string | undefined; readonly threads?: number | undefined },
  reporter: Reporter,
  options: EngineOptions = {},
): Promise<EngineChoice & { readonly label: string }> {
  const choice = await useEngine(engine, { ...options, ...(threads !== undefined && { threads }) });
  const label = `${choice.name}:${choice.device}`;
  const reason = choice.cores ? `${choice.reason}; ${choice.cores}` : choice.reason;
  reporter.say(`engine ${label}: ${reason}`);
  return { ...choice, reason, label };
}
