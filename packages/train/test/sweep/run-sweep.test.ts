import assert from "node:assert/strict";
import { test } from "node:test";
import { type EpochScores, planSweep, type RunStanding, runSweep, type SweepRun } from "@amface/train";

const plan = (runs: number, halving?: { eta: number; epochs: number }) =>
  planSweep({
    config: { dataDir: "crops", validationIdentities: 0.1, maxNrofEpochs: 8 },
    vary: { seed: Array.from({ length: runs }, (_, i) => i) },
    ...(halving && { halving }),
  });

const scores = (epoch: number, mean: number) =>
  ({ epoch, step: epoch, validation: { accuracy: { mean }, auc: 0.5 }, tests: {} }) as unknown as EpochScores;

const seedOf = (run: SweepRun) => run.options.seed as number;

/** Trainings of eight epochs that score as they are told, and what each was asked for. */
function trainings(accuracy: (seed: number, epoch: number) => number) {
  const epochsOf = new Map<number, number>();
  const asked: [number, number | undefined][] = [];
  const trainTo = async (run: SweepRun, epochs: number | undefined): Promise<RunStanding> => {
    const seed = seedOf(run);
    asked.push([seed, epochs]);
    const done = Math.max(epochsOf.get(seed) ?? 0, Math.min(8, epochs ?? 8));
    epochsOf.set(seed, done);
    const history = Array.from({ length: done }, (_, i) => scores(i + 1, accuracy(seed, i + 1)));
    return { finished: done === 8, epochs: done, history };
  };
  return { trainTo, asked, epochsOf };
}

test("runSweep() without halving trains every run to its end, and gives the best first", async () => {
  const { trainTo, asked } = trainings((seed) => [0.6, 0.8, 0.7][seed]);
  const outcomes = await runSweep(plan(3), { trainTo });
  assert.deepEqual(outcomes.map(seedOf), [1, 2, 0]);
  assert.deepEqual(asked, [
    [0, undefined],
    [1, undefined],
    [2, undefined],
  ]);
});

test("runSweep() lets the best of each rung go on, by what a model has scored up to it, and only the last to the end", async () => {
  // Run 4 would be best in the end, but not after 2 epochs; run 8's best epoch is its first.
  const { trainTo, epochsOf } = trainings((seed, epoch) =>
    seed === 4 ? epoch / 10 : seed === 8 ? (epoch === 1 ? 0.9 : 0.1) : 0.5 + seed / 100,
  );
  const rungs: [number, number[]][] = [];
  const outcomes = await runSweep(plan(9, { eta: 3, epochs: 2 }), {
    trainTo,
    onRung: (epochs, kept) => rungs.push([epochs, kept.map(seedOf)]),
  });
  assert.deepEqual(rungs, [
    [2, [8, 7, 6]],
    [6, [8]],
  ]);
  assert.deepEqual(
    [...epochsOf.entries()].sort(([a], [b]) => a - b).map(([, epochs]) => epochs),
    [2, 2, 2, 2, 2, 2, 6, 6, 8],
  );
  assert.deepEqual(outcomes.slice(0, 3).map(seedOf), [8, 7, 6]);
  assert.deepEqual(
    outcomes.slice(0, 4).map(({ endedAt }) => endedAt),
    [undefined, 6, 6, 2],
  );
});

test("runSweep() again, with runs that have gone on since, decides as before", async () => {
  const { trainTo, epochsOf } = trainings((seed, epoch) => (seed === 0 && epoch > 2 ? 0.1 : 0.9 - seed / 10));
  const decide = async () => {
    const kept: number[][] = [];
    await runSweep(plan(4, { eta: 2, epochs: 2 }), {
      trainTo,
      onRung: (_, runs) => kept.push(runs.map(seedOf)),
    });
    return kept;
  };
  const first = await decide();
  assert.deepEqual(first, [[0, 1], [0]]);
  assert.equal(epochsOf.get(0), 8);
  assert.deepEqual(await decide(), first);
});

test("runSweep() puts a run that failed behind all others, and tries as many at a time as it is told", async () => {
  const { trainTo } = trainings((seed) => 0.9 - seed / 10);
  let [now, most] = [0, 0];
  const outcomes = await runSweep(plan(4, { eta: 2, epochs: 2 }), {
    jobs: 2,
    async trainTo(run, epochs) {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      const standing = await trainTo(run, epochs);
      return seedOf(run) === 0 ? { ...standing, failure: "diverged" } : standing;
    },
  });
  assert.equal(most, 2);
  assert.deepEqual(outcomes.map(seedOf), [1, 2, 3, 0]);
});

test("runSweep() stops the other trainings when one throws, waits for them, and throws that", async () => {
  const started: number[] = [];
  let saved = 0;
  const sweep = runSweep(plan(6, { eta: 3, epochs: 2 }), {
    jobs: 3,
    async trainTo(run, _epochs, signal) {
      started.push(seedOf(run));
      if (seedOf(run) === 1) throw new Error("no space left");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      saved++;
      return { finished: false, epochs: 0, history: [] };
    },
  });
  await assert.rejects(sweep, /^Error: no space left$/);
  assert.deepEqual([started.toSorted(), saved], [[0, 1, 2], 2]);
});

test("runSweep() starts nothing more once it is told to stop", async () => {
  const { trainTo, asked } = trainings(() => 0.5);
  const stop = new AbortController();
  await runSweep(plan(3, { eta: 3, epochs: 2 }), {
    signal: stop.signal,
    async trainTo(run, epochs) {
      stop.abort();
      return await trainTo(run, epochs);
    },
  });
  assert.equal(asked.length, 1);
});
