import type { Communicator } from "@amface/mpi";
import { ConfigError } from "../config/resolve-config.ts";
import type { TrainConfig } from "../config/train-config.ts";
import { gatherJson } from "../processes/messages.ts";
import type { RunFacts } from "../run/checkpoint-info.ts";
import { PLACES } from "./save-models.ts";

/** @throws {ConfigError} Where so many processes cannot share the config's batches. */
export function checkShared({ accumulateSteps }: TrainConfig, { size }: Communicator): void {
  if (accumulateSteps >= size) return;
  throw new ConfigError(
    `Cannot train in ${size} processes: expected accumulateSteps of as many micro-batches or more, got ${accumulateSteps}; ` +
      `share every batch with accumulateSteps ${size}, or a multiple of it`,
  );
}

/** @throws {ConfigError} Naming the process whose config or photos are others than those of process 0. */
export async function checkSameRun({ config, data }: RunFacts, processes: Communicator): Promise<void> {
  if (processes.size === 1) return;
  const compared = Object.entries(config).filter(([name]) => !PLACES.has(name));
  const all = await gatherJson(processes, { config: Object.fromEntries(compared), data });
  const [first] = all;
  for (const [rank, other] of all.entries()) {
    const differing = Object.keys({ ...first.config, ...other.config }).find(
      (name) => JSON.stringify(first.config[name]) !== JSON.stringify(other.config[name]),
    );
    if (differing === undefined && first.data === other.data) continue;
    const what = differing ?? "the photos";
    const got = differing
      ? `${JSON.stringify(other.config[differing])} instead of ${JSON.stringify(first.config[differing])}`
      : "others";
    throw new ConfigError(
      `Cannot train in ${processes.size} processes: expected ${what} of process ${rank} to be as those of process 0, got ${got}`,
    );
  }
}
