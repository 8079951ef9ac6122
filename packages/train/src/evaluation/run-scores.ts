import { bestOn, chosenOf, type EpochScores } from "./score.ts";

/** The scores of a run that are worth a line each. */
export interface RunScores {
  readonly last: EpochScores;
  /** What `model.safetensors` scores: chosen by validation, or the last where there is none. */
  readonly chosen: EpochScores;
  readonly chosenBy: "validation" | "last";
  /** The highest score on each test set. Optimistic: the set itself chose it, so it says nothing of other photos. */
  readonly best: Readonly<Record<string, EpochScores>>;
}

/** A line of the table that sets the states of a run side by side. */
export interface ScoreRow {
  readonly name: string;
  readonly optimistic: boolean;
  readonly scores: EpochScores;
}

/**
 * Picks them from the scores of all epochs.
 *
 * @param history Oldest first.
 * @returns `undefined` where nothing was evaluated.
 */
export function runScores(history: readonly EpochScores[]): RunScores | undefined {
  const last = history.at(-1);
  const chosen = chosenOf(history);
  if (last === undefined || chosen === undefined) return undefined;
  const names = new Set(history.flatMap(({ tests }) => Object.keys(tests)));
  const best = Object.fromEntries([...names].map((name) => [name, bestOn(history, name) as EpochScores]));
  const chosenBy = history.some(({ validation }) => validation !== undefined) ? "validation" : "last";
  return { last, chosen, chosenBy, best };
}

/** Last, chosen and best on each test set, in this order. */
export function scoreRows({ last, chosen, chosenBy, best }: RunScores): ScoreRow[] {
  const chosenName =
    chosenBy === "validation" ? "chosen by validation" : "chosen: the last, without validation";
  return [
    { name: "last", optimistic: false, scores: last },
    { name: chosenName, optimistic: false, scores: chosen },
    ...Object.entries(best).map(([name, scores]) => ({ name: `best on ${name}`, optimistic: true, scores })),
  ];
}
