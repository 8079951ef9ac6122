import type { Measured } from "./measure-stage.ts";
import type { Stage, Value } from "./result-row.ts";

/** A value that is not what was expected. */
export interface Difference {
  readonly what: string;
  readonly expected: Value;
  /** Absent where there is none. */
  readonly got?: Value;
  readonly tolerance?: number;
}

/** How a stage came out. */
export interface StageOutcome {
  readonly stage: string;
  /** `same`: bit for bit; `close`: not, but within the stage's tolerances. */
  readonly verdict: "same" | "close" | "differs";
  /** What is not the same; first what lies outside of its tolerance. */
  readonly differences: readonly Difference[];
  /** Why nothing could be compared. */
  readonly error?: string;
}

/** Compares what a stage came to with what its row expects. */
export function compareStage({ stage, expected, tolerance = {} }: Stage, measured: Measured): StageOutcome {
  const isLenient = Object.keys(tolerance).length > 0;
  const outside: Difference[] = [];
  const within: Difference[] = [];
  for (const [what, value] of Object.entries(expected)) {
    const got = measured[what];
    if (got === value) continue;
    const limit = tolerance[what];
    const difference = {
      ...{ what, expected: value },
      ...(got !== undefined && { got }),
      ...(limit !== undefined && { tolerance: limit }),
    };
    const isClose =
      typeof value === "number"
        ? typeof got === "number" && limit !== undefined && Math.abs(got - value) <= limit
        : isLenient && got !== undefined;
    (isClose ? within : outside).push(difference);
  }
  const verdict = outside.length > 0 ? "differs" : within.length > 0 ? "close" : "same";
  return { stage, verdict, differences: [...outside, ...within] };
}
