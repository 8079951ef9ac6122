import { type Comparison, compareModels } from "@amface/lfw-eval";
import { CONFIG_KEYS } from "../config/resolve-config.ts";
import type { TrainConfig } from "../config/train-config.ts";
import type { RunRecord } from "./run-record.ts";

/** An option that not all runs have the same value of. */
export interface ConfigDifference {
  readonly option: keyof TrainConfig;
  /** One a run; `undefined` where a run does not have it. */
  readonly values: readonly unknown[];
}

/** A run against the first one on pairs that both have distances of. */
export interface PairedTest {
  /** The first run. */
  readonly a: string;
  readonly b: string;
  /** The folder of the tables, within the runs': empty for the run's own. */
  readonly set: string;
  /** Absent where the tables cannot be compared; `reason` says why. */
  readonly comparison?: Comparison;
  readonly reason?: string;
}

export interface RunComparison {
  readonly runs: readonly RunRecord[];
  readonly differences: readonly ConfigDifference[];
  readonly tests: readonly PairedTest[];
}

/**
 * What is different between runs: options, and, by `compareModels`, how well they tell pairs. Each is tested against the first.
 *
 * @throws {RangeError} For fewer than two runs, or one given twice.
 */
export function compareRuns(runs: readonly RunRecord[]): RunComparison {
  const paths = runs.map(({ path }) => path);
  if (new Set(paths).size < Math.max(2, runs.length)) {
    throw new RangeError(
      `Cannot compare runs: expected two different ones or more, got ${paths.join(", ") || "none"}`,
    );
  }
  const [first, ...others] = runs;
  const tests = [...first.distances].flatMap(([set, table]) =>
    others.flatMap((other): PairedTest[] => {
      const theirs = other.distances.get(set);
      if (theirs === undefined) return [];
      const pair = { a: first.path, b: other.path, set };
      try {
        return [{ ...pair, comparison: compareModels(table, theirs) }];
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return [{ ...pair, reason: error.message }];
      }
    }),
  );
  return { runs, differences: differencesOf(runs.map(({ config }) => config)), tests };
}

function differencesOf(configs: readonly TrainConfig[]): ConfigDifference[] {
  return CONFIG_KEYS.flatMap((option) => {
    const values = configs.map((config) => config[option]);
    const texts = new Set(values.map((value) => JSON.stringify(value)));
    return texts.size > 1 ? [{ option, values }] : [];
  });
}
