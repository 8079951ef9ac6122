import { type EngineChoice, type EngineOptions, useEngine } from "@amface/engine";
import type { Reporter } from "../command/reporter.ts";

/** Starts the engine that `--engine` names, or the fastest, and says once which and why. */
export async function startEngine(
  request: string | undefined,
  reporter: Reporter,
  options: EngineOptions = {},
): Promise<EngineChoice & { readonly label: string }> {
  const choice = await useEngine(request, options);
  const label = `${choice.name}:${choice.device}`;
  reporter.say(`engine ${label}: ${choice.reason}`);
  return { ...choice, label };
}
