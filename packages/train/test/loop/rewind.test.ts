import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import {
  explodedFrom,
  type FlightRecord,
  type LoggedStep,
  readCheckpoint,
  type StepMetrics,
  type TrainConfigInput,
  train,
} from "@amface/train";
import { slow } from "../../../../test/slow.ts";
import { tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(3, 5, { maxNrofEpochs: 4, learningRate: 0.02 }));
});
after(() => remove());

const checkpoints = async (runDir: string) => (await readdir(join(runDir, "checkpoints"))).sort();
const recordOf = async (path: string) => JSON.parse(await readFile(path, "utf8")) as FlightRecord;
const steps = async (runDir: string) =>
  (await readFile(join(runDir, "metrics.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LoggedStep)
    .map(({ photos: _, ...metrics }) => metrics);

test("explodedFrom() wants all of the last losses above all before them, and above the factor times their median", () => {
  const rule = { explosionFactor: 3, explosionSteps: 2 };
  const calm = [...Array(20).fill(2), ...Array(21).fill(4)];
  assert.equal(explodedFrom([...calm, 13, 13], rule), 4);
  assert.equal(explodedFrom([...calm, 13, 12], rule), undefined);
  assert.equal(explodedFrom([...calm, 13, 4, 13], rule), undefined);
  assert.equal(explodedFrom([...calm, 14, 4, 13, 13], rule), undefined); // 14 was there before
  assert.equal(explodedFrom([...Array(50).fill(100), ...Array(50).fill(2), 7, 7], rule), 2); // 50 back, no further
  assert.equal(explodedFrom([...Array(24).fill(1), 99, 99], rule), undefined); // too few to tell
  assert.equal(explodedFrom([...Array(25).fill(0.01), 2.9, 2.9], rule), undefined); // small losses vary
  assert.equal(explodedFrom([...Array(25).fill(0.01), 3.1, 3.1], rule), 0.01);
});

test("a loss that becomes NaN ends the run with a flight record, and the checkpoints before stay", async () => {
  const runDir = join(dir, "stopped");
  const wild = {
    ...config,
    learningRate: undefined,
    learningRateSchedule: "0: 0.02, 1: 1e30",
    explosionSteps: 3,
  };
  await assert.rejects(train(wild, { runDir }), {
    name: "NonFiniteLossError",
    learningRate: 1e30,
    message: /lower the learning rate; its batches and the steps before are in .*flight-000005\.json$/,
  });
  assert.deepEqual(await checkpoints(runDir), ["step-000000.safetensors", "step-000003.safetensors"]);
  const record = await recordOf(join(runDir, "flight-000005.json"));
  assert.deepEqual([record.error, record.step, record.config.batchSize], ["NonFiniteLossError", 5, 4]);
  assert.deepEqual(record.steps, await steps(runDir));
  assert.deepEqual(
    record.batches.map(({ step, at }) => [step, at]),
    [
      [3, { pass: 0, batch: 2 }],
      [4, { pass: 1, batch: 0 }],
      [5, { pass: 1, batch: 1 }],
    ],
  );
  for (const { photo, label, identity } of record.batches.flatMap(({ photos }) => photos)) {
    assert.equal(identity, `person${label}`);
    assert.ok(photo.startsWith(join(config.dataDir, identity)), photo);
  }
  assert.equal(record.batches.at(-1)?.photos.length, 4);
});

test("a run goes back with half the rate and without the batch, further where that was in vain, and not for ever", async () => {
  // Neither half nor a quarter of the rate of epoch 1 leaves a finite loss.
  const wild = {
    ...config,
    learningRate: undefined,
    learningRateSchedule: "0: 0.02, 1: 1e30",
    onDivergence: "rewind",
    maxRewinds: 2,
  } as const;
  const runDir = join(dir, "endless");
  const warnings: string[] = [];
  const rates: number[] = [];
  const onStep = ({ learningRate }: StepMetrics) => void rates.push(learningRate);
  const onWarning = (warning: string) => void warnings.push(warning);
  await assert.rejects(train(wild, { runDir, onWarning, onStep }), {
    name: "NonFiniteLossError",
    message: /the run went back 2 times, as often as maxRewinds allows$/,
  });
  assert.match(warnings[0], /going back to step 3, with 0\.5 of the learning rate and without that batch$/);
  assert.match(warnings[1], /going back to step 0, with 0\.25 of the learning rate/);
  assert.deepEqual(rates, [0.02, 0.02, 0.02, 1e30, 5e29, 0.005, 0.005, 0.005, 2.5e29]);
  const { info } = await readCheckpoint(join(runDir, "checkpoints", "step-000000.safetensors"));
  assert.deepEqual(
    info.rewinds?.map(({ step, to, leftOut }) => [step, to, leftOut]),
    [
      [5, 3, [{ pass: 1, batch: 1 }]],
      [5, 0, [{ pass: 1, batch: 2 }]],
    ],
  );
});

const skip = slow() ? false : "slow: run with AMFACE_SLOW=1";
test("a run that goes back is the same wherever it is stopped and resumed, and has no steps twice", {
  skip,
  timeout: 120_000,
}, async () => {
  // The loss explodes in epoch 3, and still does at half and a quarter of its rate.
  const nervous = {
    ...config,
    learningRate: undefined,
    learningRateSchedule: "0: 0.0005, 3: 0.5, 4: 0.0005",
    epochSize: 10,
    maxNrofEpochs: 5,
    keepProbability: 0.7,
    checkpointSteps: 9,
    onDivergence: "rewind",
    maxRewinds: 9,
    explosionFactor: 2,
    explosionSteps: 2,
  } as const;
  const outcome = async (runDir: string) => {
    const path = join(runDir, "checkpoints", (await checkpoints(runDir)).at(-1) ?? "");
    const { tensors, info } = await readCheckpoint(path);
    const lines = (await steps(runDir)).map(({ step, loss, learningRate }) => [step, loss, learningRate]);
    return { tensors, rewinds: info.rewinds, lines };
  };
  const straight = join(dir, "nervous");
  const summary = await train(nervous, { runDir: straight });
  const expected = await outcome(straight);
  assert.ok((summary.rewinds ?? 0) >= 2, `${summary.rewinds} rewinds`);
  assert.equal(expected.rewinds?.length, summary.rewinds);
  assert.deepEqual(
    expected.lines.map(([step]) => step),
    expected.lines.map((_, i) => i + 1),
  );
  const last = 0.0005 * 0.5 ** (summary.rewinds ?? 0);
  assert.equal(expected.lines.at(-1)?.[2], last);

  const names = (await readdir(straight)).filter((name) => name.startsWith("flight-"));
  const record = await recordOf(join(straight, names.at(-1) as string));
  assert.equal(record.error, "LossExplosionError");
  assert.deepEqual(
    record.batches.map(({ step }) => step),
    [record.step - 1, record.step],
  );
  assert.deepEqual([record.steps.at(-1)?.step, record.steps.length], [record.step, record.step]);

  const stopped = join(dir, "nervous-stopped");
  let finished = false;
  for (let session = 0; !finished; session++) {
    const stop = new AbortController();
    let left = 3 + ((session * 5) % 9);
    const onStep = () => void (--left === 0 && stop.abort());
    ({ finished } = await train(nervous, {
      runDir: stopped,
      resume: session > 0,
      signal: stop.signal,
      onStep,
    }));
  }
  assert.deepEqual(await outcome(stopped), expected);
});
