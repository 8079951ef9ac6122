import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PhotoSource, SkippedPhoto, SkippedRecord } from "@amface/data";
import { ONE_PROCESS } from "@amface/mpi";
import { resolveConfig } from "../config/resolve-config.ts";
import type { TrainConfig, TrainConfigInput } from "../config/train-config.ts";
import { ownStream } from "../loop/own-stream.ts";
import { steps } from "../loop/steps.ts";
import { BEGINNING } from "../loop/train-leg.ts";
import { holdOut, readSource, requireEnough, stepsPerEpoch } from "../photos/training-data.ts";
import { startingNet } from "../run/starting-net.ts";
import { NonFiniteLossError } from "../step/non-finite-loss-error.ts";
import { createTrainState, disposeTrainState, type TrainState } from "../step/train-state.ts";
import { findTeacher } from "../teacher/teacher.ts";
import { TeacherEmbeddings } from "../teacher/teacher-embeddings.ts";
import { hasDiverged, type RateCurve, type RatePoint, rateCurve } from "./rate-curve.ts";

export interface FindRateOptions {
  /** The first rate (default 1e-5) … */
  readonly from?: number;
  /** … and the last (default 10), unless the loss leaves its course before. */
  readonly to?: number;
  /** Steps between them, 20 or more (default 100). */
  readonly steps?: number;
  /** How many times over, each from a seed of its own; the curve is the mean (default 2). */
  readonly tests?: number;
  /** Ends the test after the step in progress; the curve is that of the tests before, or of what there is where it is the first. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many steps are done, of all tests together. */
  readonly onStep?: (done: number, point: RatePoint) => void;
  readonly onSkip?: (photo: SkippedPhoto | SkippedRecord) => void;
  readonly onWarning?: (message: string) => void;
}

/** What came of a range test. */
export interface FoundRate extends RateCurve {
  /** Whether it was stopped before its last test was whole. */
  readonly stopped: boolean;
}

/**
 * Smith's range test (arXiv:1506.01186, section 3.3): trains a fresh net, or the config's pretrained one, for some steps, each
 * at a learning rate that is higher than the last by one factor, and looks where the loss falls and where it rises again. People
 * who would be held out for validation stay held out. Margin and scale are at their full values from the first step on;
 * the config's own rates, schedule, length and evaluations play no part. Nothing is written but a teacher's embeddings to the config's
 * `teacherCache`.
 *
 * @throws {ConfigError} For a config that cannot be used.
 * @throws {RangeError} For rates that do not rise, too few steps, or data that cannot be trained on.
 */
export async function findRate(input: TrainConfigInput, options: FindRateOptions = {}): Promise<FoundRate> {
  const config = testConfig(input, options);
  const { onSkip, onWarning } = options;
  const onRecord = (error: SkippedRecord["error"]) =>
    onSkip?.({ path: `record ${error.record} of ${error.path}`, error });
  const source = holdOut(await readSource(config, onRecord, onWarning), config).train;
  requireEnough(source, config);
  const { tests = 2, steps: count = 100, onStep, signal } = options;
  const [whole, begun]: { points: RatePoint[]; diverged: boolean }[][] = [[], []];
  for (let test = 0; test < tests && !signal?.aborted; test++) {
    const points: RatePoint[] = [];
    const seeded = { ...config, seed: config.seed + test };
    const state = createTrainState(await startingNet(seeded, true), source.counts.length, seeded);
    try {
      const told = {
        ...options,
        onStep: (done: number, point: RatePoint) => onStep?.(test * count + done, point),
      };
      const diverged = await tryRates({ config: seeded, source, state, points, onRecord }, told);
      const isWhole = diverged || points.length === count || !signal?.aborted;
      (isWhole ? whole : begun).push({ points, diverged });
    } catch (error) {
      // A teacher that was stopped before it had embedded all photos.
      if (!signal?.aborted || error !== signal.reason || whole.length === 0) throw error;
    } finally {
      disposeTrainState(state);
    }
  }
  const kept = whole.length > 0 ? whole : begun;
  const diverged = kept.some((test) => test.diverged);
  return { ...rateCurve(meanOf(kept.map(({ points }) => points)), diverged), stopped: whole.length < tests };
}

/** The losses of several tests, at each rate the mean of those that came so far. */
export function meanOf(curves: readonly (readonly RatePoint[])[]): RatePoint[] {
  const longest = curves.toSorted((a, b) => b.length - a.length).at(0) ?? [];
  return longest.map(({ rate }, i) => {
    const losses = curves.flatMap((points) => points[i]?.loss ?? []);
    return { rate, loss: losses.reduce((sum, loss) => sum + loss) / losses.length };
  });
}

interface RateTest {
  readonly config: TrainConfig;
  readonly source: PhotoSource;
  readonly state: TrainState;
  /** Where the steps' losses go. */
  readonly points: RatePoint[];
  readonly onRecord: (error: SkippedRecord["error"]) => void;
}

/** Trains a step a rate; tells whether the loss left its course. */
async function tryRates(test: RateTest, options: FindRateOptions): Promise<boolean> {
  const { config, source, state, points } = test;
  const { signal, onStep, onSkip } = options;
  const stream = ownStream({ ...(await taught(test, options)), config, source, onSkip }, START, []);
  try {
    const training = {
      ...{ config, state, stream, processes: ONE_PROCESS, stepsPerEpoch: stepsPerEpoch(source, config) },
      ...{ rateFactor: 1, observes: () => false, start: BEGINNING.progress, earlier: [] },
    };
    for await (const event of steps(training, signal)) {
      if (event.kind !== "step") continue;
      const { learningRate: rate, loss } = event.metrics;
      points.push({ rate, loss });
      onStep?.(points.length, { rate, loss });
      if (hasDiverged(points)) return true;
    }
    return false;
  } catch (error) {
    // The highest rates may well leave no finite loss.
    if (error instanceof NonFiniteLossError) return true;
    throw error;
  } finally {
    await stream.close();
  }
}

const START = { pass: 0, batch: 0 };

/** A teacher's embeddings and the photos without labels, where the config has a teacher. */
async function taught({ config, state, onRecord }: RateTest, options: FindRateOptions) {
  const teacher = await findTeacher(config, onRecord);
  if (teacher === undefined) return {};
  const { signal, onSkip = () => {}, onWarning } = options;
  const folder = await mkdtemp(join(tmpdir(), "amface-range-"));
  try {
    const size = state.net.description.embeddingSize;
    const embeddings = await TeacherEmbeddings.of(config, teacher, {
      ...{ folder, size, signal, onSkip, onWarning },
    });
    return { taught: embeddings, unlabelled: teacher.unlabelled };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The config with rates that rise from step to step. */
function testConfig(
  input: TrainConfigInput,
  { from = 1e-5, to = 10, steps: count = 100, tests = 2 }: FindRateOptions,
): TrainConfig {
  const refuse = (expected: string, got: string): never => {
    throw new RangeError(`Cannot search a learning rate: expected ${expected}, got ${got}`);
  };
  if (!(from > 0 && to >= 10 * from && Number.isFinite(to)))
    refuse("rates from above 0 up to at least ten times as much", `${from} to ${to}`);
  if (!(Number.isInteger(count) && count >= 20)) refuse("20 steps or more", `${count}`);
  if (!(Number.isInteger(tests) && tests >= 1)) refuse("1 test or more", `${tests}`);
  return resolveConfig({
    ...input,
    ...{ learningRate: from, learningRateSchedule: undefined, learningRateDecayFactor: undefined },
    schedule: { type: "exponential", factor: (to / from) ** (1 / (count - 1)) },
    ...{ marginWarmupSteps: 0, scaleWarmupSteps: 0, maxSteps: count, maxNrofEpochs: undefined },
  });
}
