import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { readCheckpoint, type StepMetrics, type TrainConfigInput, train } from "@amface/train";
import { slow } from "../../../test/slow.ts";
import { tinyRun } from "./tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(8, 4, {
    embeddingSize: 8,
    epochSize: 3,
    maxSteps: 5,
    keepProbability: 0.5,
    tensorboard: false,
    seed: 5,
  }));
});
after(() => remove());

/** The last checkpoint's tensors, what its observers remember, and the metrics, without what a clock put into them. */
async function outcome(runDir: string, checkpoint: string) {
  const { tensors, info } = await readCheckpoint(checkpoint);
  const untimed = ({ seconds: _, dataSeconds: __, imagesPerSecond: ___, ...metrics }: StepMetrics) => metrics;
  const lines = (await readFile(join(runDir, "metrics.jsonl"), "utf8")).trimEnd().split("\n");
  const observers = JSON.stringify(info.observers, (key, value) => (key === "seconds" ? undefined : value));
  return { tensors, observers, metrics: lines.map((line) => untimed(JSON.parse(line))) };
}

/** Trains once in one go and once in two sessions, stopped after `step`. */
async function compare(name: string, more: Partial<TrainConfigInput>, step: number): Promise<void> {
  const whole = { ...config, ...more };
  const [straight, halves] = [join(dir, `${name}-straight`), join(dir, `${name}-halves`)];
  const one = await train(whole, { runDir: straight });
  const stop = new AbortController();
  const onStep = (metrics: StepMetrics) => void (metrics.step === step && stop.abort());
  await train(whole, { runDir: halves, signal: stop.signal, onStep });
  const two = await train(whole, { runDir: halves, resume: true });
  assert.deepEqual(await outcome(halves, two.checkpoint), await outcome(straight, one.checkpoint));
  assert.deepEqual([two.loss, two.accuracy], [one.loss, one.accuracy]);
}

const skip = slow() ? false : "slow: run with AMFACE_SLOW=1";

for (const optimizer of ["adam", "rmsprop", "adagrad", "adadelta"] as const) {
  test(`a run with ${optimizer} resumes bit for bit`, { skip, timeout: 120_000 }, async () => {
    await compare(optimizer, { optimizer }, 2);
  });
}

test("untilEpoch ends a session after so many epochs, not the run: its cosine keeps its length, and it goes on bit for bit", {
  timeout: 120_000,
}, async () => {
  const whole = { ...config, maxSteps: undefined, maxNrofEpochs: 3, schedule: { type: "cosine" } } as const;
  const [straight, parts] = [join(dir, "until-straight"), join(dir, "until-parts")];
  const one = await train(whole, { runDir: straight });
  const first = await train(whole, { runDir: parts, untilEpoch: 2 });
  assert.deepEqual([first.finished, first.paused, first.epochs, first.model], [false, true, 2, undefined]);
  const again = await train(whole, { runDir: parts, resume: true, untilEpoch: 2 });
  assert.deepEqual([again.paused, again.steps], [true, first.steps]);
  const two = await train(whole, { runDir: parts, resume: true, untilEpoch: 3 });
  assert.deepEqual([two.finished, two.paused], [true, undefined]);
  assert.deepEqual(await outcome(parts, two.checkpoint), await outcome(straight, one.checkpoint));
});

test("a run goes on in another precision, and its factor of the loss comes and goes", {
  timeout: 120_000,
}, async () => {
  const runDir = join(dir, "precision");
  const session = async (precision: "float32" | "float16", maxSteps: number) => {
    const more = { precision, maxSteps, maxNrofEpochs: undefined, keepProbability: 1 };
    const { checkpoint } = await train({ ...config, ...more }, { runDir, resume: maxSteps > 1 });
    return (await readCheckpoint(checkpoint)).tensors;
  };
  const scales: (number | undefined)[] = [];
  for (const [i, precision] of (["float32", "float16", "float16", "float32"] as const).entries()) {
    const tensors = await session(precision, i + 1);
    scales.push(tensors.get("loss-scale")?.data[0]);
  }
  const [before, first, second, after] = scales;
  assert.deepEqual([before, after], [undefined, undefined]);
  // It may have been halved, and is not begun anew.
  assert.ok(first! >= 1 && second! >= 1 && second! <= first!, `${scales}`);
  const { metrics } = await outcome(runDir, join(runDir, "checkpoints", "step-000004.safetensors"));
  assert.deepEqual(
    metrics.map(({ step }) => step),
    [1, 2, 3, 4],
  );
});

test("a run with a sampled head resumes bit for bit", { skip, timeout: 120_000 }, async () => {
  await compare(
    "sampled",
    { sampleRate: 0.5, accumulateSteps: 2, clipNorm: 1, loss: "adaface", emaDecay: 0.9 },
    2,
  );
});

test("a run with augmentation, balanced batches and a validation split resumes bit for bit", {
  skip,
  timeout: 120_000,
}, async () => {
  const more: Partial<TrainConfigInput> = {
    augment: { maskProb: 0.5, brightness: 0.3, cropJitter: 1, lowResAugmentationProb: 0.5, cutout: 0.2 },
    balance: { identities: 2, photos: 2 },
    validationIdentities: 4,
    learningRate: 0.002,
    scaleWarmupSteps: 4,
  };
  await compare("augmented", more, 4);
});
