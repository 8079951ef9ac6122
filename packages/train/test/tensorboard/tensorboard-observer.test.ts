import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { readSafetensors } from "@amface/nets";
import { type TrainConfigInput, train } from "@amface/train";
import { tinyRun } from "../tiny-faces.ts";
import { noReader, readEvents } from "./read-events.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(7, 4, {
    embeddingSize: 8,
    epochSize: 4,
    maxNrofEpochs: 2,
    learningRate: 0.02,
    validationIdentities: 4,
    validationPairs: 16,
    histogramSteps: 4,
  }));
});
after(() => remove());

const skip = noReader();

test("a run that was stopped and resumed leaves events of every step once, and they say what the metrics say", {
  skip,
  timeout: 60_000,
}, async () => {
  const runDir = join(dir, "run");
  const stop = new AbortController();
  await train(config, {
    runDir,
    signal: stop.signal,
    onStep: ({ step }) => void (step === 5 && stop.abort()),
  });
  const { scores } = await train(config, { runDir, resume: true });
  const { versions, tags } = readEvents(join(runDir, "tensorboard"));
  assert.deepEqual(versions, [
    [0, "brain.Event:2"],
    [0, "brain.Event:2"],
  ]);
  const lines = (await readFile(join(runDir, "metrics.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const scalars = {
    "train/loss": "loss",
    "train/cross-entropy": "crossEntropy",
    "train/accuracy": "accuracy",
    "train/target cosine": "targetCosine",
    "train/gradient norm": "gradientNorm",
    "train/learning rate": "learningRate",
    "speed/images per second": "imagesPerSecond",
  };
  for (const [tag, key] of Object.entries(scalars)) {
    assert.deepEqual(
      tags[tag],
      Object.fromEntries(lines.map((line) => [line.step, Math.fround(line[key])])),
      tag,
    );
  }
  const theta = tags["theta/target"] as Record<string, { num: number; counts: number[]; sum: number }>;
  assert.deepEqual(Object.keys(theta), ["1", "4", "8"]);
  for (const [step, { num, counts, sum }] of Object.entries(theta)) {
    assert.deepEqual([num, counts.reduce((total, count) => total + count)], [4, 4]);
    // The mean of cosines and the cosine of the mean angle differ, but not by much for a few angles near each other.
    const cosine = lines[Number(step) - 1].targetCosine;
    assert.ok(
      Math.abs(Math.cos((sum / num / 180) * Math.PI) - cosine) < 0.1,
      `${step}: ${sum / num}°, cosine ${cosine}`,
    );
  }
  assert.deepEqual(Object.keys(tags["theta/hardest other"]), ["1", "4", "8"]);
  assert.deepEqual(Object.keys(tags["weight norm/head"]), ["1", "4", "8"]);
  assert.ok(Object.keys(tags).filter((tag) => tag.startsWith("gradient norm/net/")).length > 10);
  assert.deepEqual(tags["validation/accuracy"][8], Math.fround(scores!.last.validation!.accuracy.mean));
  assert.deepEqual(Object.keys(tags["validation/accuracy"]), ["4", "8"]);
  const crops = tags.crops as Record<string, { width: number; height: number; size: number[] }>;
  assert.deepEqual(Object.keys(crops), ["1", "6"]); // of each session
  assert.deepEqual(crops[1].size, [crops[1].width, crops[1].height]);
});

test("a run has its options and scores in a folder for the table of runs, and is ended there once it is finished", {
  skip,
  timeout: 60_000,
}, async () => {
  const runDir = join(dir, "row");
  const started = Date.now() / 1000;
  const given = { ...config, loss: "arcface", schedule: { type: "cosine" } } as const;
  await train(given, { runDir, untilEpoch: 1 });
  const rows = () => readEvents(join(runDir, "tensorboard", "hparams")).tags;
  type Start = { options: Record<string, unknown>; started: number };
  const { "_hparams_/session_start_info": first, ...unended } = rows();
  assert.deepEqual(Object.keys(first), ["0"]);
  const { options, started: at, ...plain } = first[0] as Start;
  assert.deepEqual(plain, { plugin: "hparams", dtype: 1, values: [0], shape: [1] });
  assert.ok(at >= started && at <= Date.now() / 1000, `${at}`);
  const written = JSON.parse(await readFile(join(runDir, "config.json"), "utf8"));
  const shown = Object.entries(written).map(([key, value]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : value,
  ]);
  assert.deepEqual(options, Object.fromEntries(shown));
  assert.deepEqual(Object.keys(unended), ["train/cross-entropy", "validation/accuracy", "validation/AUC"]);
  const { scores } = await train(given, { runDir, resume: true });
  const tags = rows();
  assert.deepEqual(Object.keys(tags["_hparams_/session_start_info"]), ["0", "4"]);
  const end = tags["_hparams_/session_end_info"][8] as { status: number; ended: number };
  assert.equal(end.status, 1);
  assert.ok(end.ended > at);
  const { accuracy, auc } = scores!.last.validation!;
  assert.deepEqual(Object.keys(tags["validation/AUC"]), ["4", "8"]);
  assert.equal(tags["validation/AUC"][8], Math.fround(auc));
  assert.equal(tags["validation/accuracy"][8], Math.fround(accuracy.mean));
});

test("measuring a step in detail changes no bit of what is trained", { timeout: 60_000 }, async () => {
  const runs = [{ histogramSteps: 1 }, { tensorboard: false }];
  const weights = [];
  for (const [i, change] of runs.entries()) {
    const run = { ...config, ...change, validationIdentities: 0 };
    const { checkpoint } = await train(run, { runDir: join(dir, `bits-${i}`) });
    weights.push([...(await readSafetensors(checkpoint)).tensors.values()]);
  }
  assert.deepEqual(weights[0], weights[1]);
});
