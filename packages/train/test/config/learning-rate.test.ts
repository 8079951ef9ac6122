import assert from "node:assert/strict";
import { test } from "node:test";
import { learningRateAt, type RateSchedule, resolveConfig, totalSteps } from "@amface/train";

const BY_EPOCHS = { learningRate: 0.8, learningRateDecayEpochs: 2, learningRateDecayFactor: 0.5 };

test("learningRateAt() follows the reference's file by epochs and ends where it says so", () => {
  const rates = { ...BY_EPOCHS, learningRateSchedule: "0: 0.1, 2: 0.01, 4: -1" };
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((epoch) => learningRateAt(epoch, rates, 1)),
    [0.1, 0.1, 0.01, 0.01, undefined, undefined],
  );
  assert.deepEqual(
    [0, 9, 10, 19].map((step) => learningRateAt(step, rates, 5)),
    [0.1, 0.1, 0.01, 0.01],
  );
  assert.equal(totalSteps(rates, 5), 20);
});

test("learningRateAt() decays every few epochs where there is no schedule", () => {
  assert.deepEqual(
    [0, 3, 4, 7, 8].map((step) => learningRateAt(step, BY_EPOCHS, 2)),
    [0.8, 0.8, 0.4, 0.4, 0.2],
  );
});

test("totalSteps() ends a run at the first of its limits", () => {
  assert.equal(totalSteps({ maxNrofEpochs: 3 }, 7), 21);
  assert.equal(totalSteps({ maxNrofEpochs: 3, maxSteps: 20 }, 7), 20);
  assert.equal(totalSteps({ maxSteps: 30000 }, 7), 30000);
  assert.equal(totalSteps({ maxSteps: 30000, learningRateSchedule: "0: 0.1, 5: -1" }, 7), 35);
});

/** Rates of the steps of a run, to nine digits. */
const ratesOf = (schedule: RateSchedule, steps: readonly number[], total = 100, stepsPerEpoch = 10) =>
  steps.map((step) =>
    Number(
      learningRateAt(
        step,
        { ...BY_EPOCHS, learningRate: 0.1, maxSteps: total, schedule },
        stepsPerEpoch,
      )?.toFixed(9),
    ),
  );

test("schedules by steps give the rates of their formulas", () => {
  assert.deepEqual(ratesOf({ type: "constant" }, [0, 99]), [0.1, 0.1]);
  const paper = { type: "step", milestones: [16000, 24000, 28000] } as const;
  assert.deepEqual(
    ratesOf(paper, [0, 15999, 16000, 23999, 24000, 28000, 29999], 30000),
    [0.1, 0.1, 0.01, 0.01, 0.001, 0.0001, 0.0001],
  );
  assert.deepEqual(ratesOf({ type: "step", milestones: [1], factor: 0.5 }, [0, 1]), [0.1, 0.05]);
  assert.deepEqual(
    ratesOf({ type: "exponential", factor: 0.25, every: 20 }, [0, 10, 20]),
    [0.1, 0.05, 0.025],
  );
  assert.deepEqual(ratesOf({ type: "polynomial" }, [0, 25, 99]), [0.1, 0.075, 0.001]);
  assert.deepEqual(
    ratesOf({ type: "polynomial", power: 2, endRate: 0.02, length: 50 }, [0, 25, 50, 99]),
    [0.1, 0.04, 0.02, 0.02],
  );
  assert.deepEqual(ratesOf({ type: "cosine" }, [0, 50]), [0.1, 0.05]);
  assert.deepEqual(ratesOf({ type: "cosine", endRate: 0.02 }, [25, 50]), [0.088284271, 0.06]);
});

test("schedules by epochs count steps as parts of them", () => {
  const milestones = [2, 3.5];
  assert.deepEqual(
    ratesOf({ type: "step", milestones, unit: "epochs" }, [19, 20, 34, 35]),
    [0.1, 0.01, 0.01, 0.001],
  );
  assert.deepEqual(ratesOf({ type: "cosine", unit: "epochs" }, [0, 50]), [0.1, 0.05]);
  assert.deepEqual(ratesOf({ type: "constant", unit: "epochs", warmup: 1 }, [0, 4, 9]), [0.01, 0.05, 0.1]);
});

test("every schedule warms up on a line, and goes on from its full rate", () => {
  const types: RateSchedule[] = [
    { type: "constant" },
    { type: "step", milestones: [90] },
    { type: "exponential", every: 1000 },
    { type: "polynomial" },
    { type: "cosine" },
  ];
  for (const schedule of types) {
    const [first, half, last, full] = ratesOf({ ...schedule, warmup: 10 }, [0, 4, 9, 10]);
    assert.deepEqual([first, half, last, full], [0.01, 0.05, 0.1, 0.1], schedule.type);
    const [start] = ratesOf({ ...schedule, warmup: 10, warmupStart: 0.5 }, [0]);
    assert.equal(start, 0.055, schedule.type);
  }
  assert.deepEqual(ratesOf({ type: "cosine", warmup: 20 }, [60]), [0.05]); // half way from 20 to 100
});

test("resolveConfig() refuses schedules that are none, and two at once", () => {
  const refuse = (more: object, message: RegExp) =>
    assert.throws(() => resolveConfig({ dataDir: "faces", ...more }), { name: "ConfigError", message });
  refuse(
    { schedule: { type: "cosin" } },
    /schedule.*expected a schedule with type constant, step, exponential/,
  );
  refuse(
    { schedule: { type: "cosine", warmUp: 3 } },
    /there is no option schedule.warmUp; the nearest is schedule.warmup$/,
  );
  refuse(
    { schedule: { type: "step", milestones: [5, 5] } },
    /schedule.milestones: expected rising milestones, got \[5,5\]/,
  );
  refuse({ schedule: { type: "step" } }, /schedule.milestones: expected array, got undefined/);
  refuse(
    { schedule: { type: "cosine" }, learningRateSchedule: "0: 0.1" },
    /expected one schedule of learning rates, got schedule and learningRateSchedule/,
  );
  refuse(
    { schedule: { type: "cosine" }, learningRateDecayFactor: 0.5 },
    /got learningRateDecayFactor 0.5 too/,
  );
  for (const idle of [{ learningRate: 0.1 }, { learningRateDecayFactor: 0.5 }]) {
    const [[name, value]] = Object.entries(idle);
    refuse(
      { ...idle, learningRateSchedule: "0: 0.1" },
      new RegExp(`expected learningRateSchedule alone to say the rates, got ${name} ${value} too`),
    );
  }
  assert.equal(resolveConfig({ dataDir: "faces", maxSteps: 9 }).maxNrofEpochs, undefined);
  assert.equal(resolveConfig({ dataDir: "faces" }).maxNrofEpochs, 20);
});
