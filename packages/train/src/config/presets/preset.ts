import type { TrainConfigInput } from "../train-config.ts";

/** A recipe under a name. */
export interface Preset {
  /** What it is, in a few words. */
  readonly summary: string;
  /** Options of the config; those that it leaves out have their defaults. */
  readonly config: Omit<TrainConfigInput, "dataDir">;
}
