import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { packShards } from "@amface/data";
import { evaluate, locatePhotos, measurePairs, readPairList } from "@amface/lfw-eval";
import { loadNet, readSafetensors } from "@amface/nets";
import { type EpochScores, embedFiles, type RunObserver, type TrainConfigInput, train } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { ALIGNMENT_RECORD as record } from "../../../../test/alignment-record.ts";
import { tinyFaces, tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
let withTest: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(9, 5, {
    embeddingSize: 8,
    epochSize: 3,
    maxNrofEpochs: 2,
    keepProbability: 0.5,
    learningRate: 0.02,
    validationIdentities: 4,
    validationPairs: 40,
    seed: 5,
  }));
  withTest = {
    ...config,
    lfwDir: await tinyFaces(join(dir, "test"), 4, 3),
    lfwPairs: join(dir, "pairs.txt"),
  };
  await writeFile(withTest.lfwPairs!, PAIRS);
});
after(() => remove());

/** Pairs of `tinyFaces`, two folds; `person3/2` is the third photo of the fourth person. */
const PAIRS = [0, 2]
  .map((p) =>
    [
      ...[
        `person${p}/0.png person${p}/1.png 1`,
        `person${p}/1.png person${p}/2.png 1`,
        `person${p + 1}/0.png person${p + 1}/2.png 1`,
      ],
      ...[0, 1, 2].map((photo) => `person${p}/${photo}.png person${p + 1}/${photo}.png 0`),
    ].join("\n"),
  )
  .join("\n");

const tensors = async (path: string) => [...(await readSafetensors(path)).tensors.values()];
const steps = (scores: readonly EpochScores[]) => scores.map(({ step }) => step);

test("train() holds people out, evaluates their pairs and a test set every epoch, and saves the chosen net and the last", {
  timeout: 60_000,
}, async () => {
  const runDir = join(dir, "run");
  const told: EpochScores[] = [];
  const count = tf.memory().numTensors;
  const summary = await train(withTest, {
    runDir,
    onStart: ({ evaluated, identities, photos }) => {
      assert.deepEqual([identities, photos], [5, 25]);
      assert.deepEqual(evaluated, {
        validation: { pairs: 40, skippedPairs: 0 },
        lfw: { pairs: 12, skippedPairs: 0 },
      });
    },
    onScores: (scores) => void told.push(scores),
  });
  assert.equal(tf.memory().numTensors, count);
  assert.deepEqual([summary.identities, summary.heldOutIdentities], [5, 4]);
  assert.deepEqual(steps(told), [3, 6]);
  assert.deepEqual(
    JSON.parse(await readFile(join(runDir, "scores.json"), "utf8")),
    JSON.parse(JSON.stringify(told)),
  );
  const { last, chosen, chosenBy, best } = summary.scores!;
  assert.equal(chosenBy, "validation");
  assert.equal(last.step, 6);
  const most = Math.max(...told.map(({ validation }) => validation!.accuracy.mean));
  assert.equal(chosen.validation?.accuracy.mean, most);
  assert.equal(
    best.lfw.tests.lfw.accuracy.mean,
    Math.max(...told.map(({ tests }) => tests.lfw.accuracy.mean)),
  );

  for (const [path, scores] of [
    [summary.model!, chosen],
    [summary.lastModel!, last],
  ] as const) {
    // What the run says of a net is what the saved net scores by the commands that evaluate one.
    const { net, metadata } = await loadNet(path);
    assert.equal(JSON.parse(metadata.training).steps, scores.step);
    assert.ok(!JSON.stringify(metadata).includes(dir), "no path of this machine");
    const list = await locatePhotos(await readPairList(withTest.lfwPairs!), withTest.lfwDir!);
    const embeddings = await embedFiles(
      net,
      list.photos.map((photo) => join(withTest.lfwDir!, photo)),
    );
    const table = measurePairs(embeddings, list);
    const { accuracy, exact } = evaluate(table.distances, table.issame, { folds: table.folds });
    assert.deepEqual([accuracy, exact.auc], [scores.tests.lfw.accuracy, scores.tests.lfw.auc]);
    net.model.dispose();
  }
  const report = await readFile(summary.report, "utf8");
  assert.match(report, /chosen by validation/);
  assert.match(report, /best on lfw<br><span class="error">optimistic: chosen on these very pairs/);
});

test("evaluations change no bit of what is trained", { timeout: 60_000 }, async () => {
  const runs = [
    { name: "watched", config: withTest },
    { name: "unwatched", config: { ...config, evaluationEpochs: 2 } },
  ];
  const checkpoints: string[] = [];
  for (const { name, config } of runs) {
    checkpoints.push((await train(config, { runDir: join(dir, name) })).checkpoint);
  }
  assert.deepEqual(await tensors(checkpoints[0]), await tensors(checkpoints[1]));
});

test("patience ends a run at the first epoch after so many without a better score, and with more it goes on to the same end", {
  timeout: 120_000,
}, async () => {
  const longer = { ...config, epochSize: 2, maxNrofEpochs: 7, checkpointsKept: 1 };
  const history: EpochScores[] = [];
  const onScores = (scores: EpochScores) => void history.push(scores);
  const whole = await train(longer, { runDir: join(dir, "patient"), onScores });
  const rank = ({ validation }: EpochScores) => [validation!.accuracy.mean, validation!.auc] as const;
  let [best, last] = [0, history.length];
  for (const [i, scores] of history.entries()) {
    const [[a, b], [c, d]] = [rank(scores), rank(history[best])];
    if (a > c || (a === c && b > d)) best = i;
    else if (i - best === 2) {
      last = i + 1;
      break;
    }
  }
  assert.ok(last < history.length, "the scores of this run fall before its end");

  const runDir = join(dir, "impatient");
  const ended = await train({ ...longer, patience: 2 }, { runDir });
  assert.deepEqual(
    [ended.finished, ended.stoppedEarly, ended.epochs, ended.scores?.chosen.epoch],
    [true, true, last, best + 1],
  );
  const model = await tensors(ended.model!);
  // Resumed with no more patience than before, it makes no step and ends with the same model.
  const again = await train({ ...longer, patience: 2 }, { runDir, resume: true });
  assert.deepEqual([again.stoppedEarly, again.epochs], [true, last]);
  assert.deepEqual(await tensors(again.model!), model);
  const on = await train(longer, { runDir, resume: true });
  assert.deepEqual([on.finished, on.stoppedEarly, on.epochs], [true, undefined, 7]);
  assert.deepEqual(await tensors(on.checkpoint), await tensors(whole.checkpoint));
  await assert.rejects(
    train({ ...longer, patience: 2, validationIdentities: 0 }, { runDir: join(dir, "blind") }),
    {
      name: "ConfigError",
      message: /expected validationIdentities beside patience, which waits for their score, got 0/,
    },
  );
});

test("a run that is stopped and resumed knows its scores, chooses the same, and keeps the chosen checkpoint", {
  timeout: 60_000,
}, async () => {
  const longer = { ...config, maxNrofEpochs: 3, checkpointsKept: 1 };
  const whole = await train(longer, { runDir: join(dir, "straight") });
  const stop = new AbortController();
  const runDir = join(dir, "halves");
  await train(longer, {
    runDir,
    signal: stop.signal,
    onStep: ({ step }) => void (step === 5 && stop.abort()),
  });
  const resumed = await train(longer, { runDir, resume: true });
  const untimed = ({ scores }: typeof whole) =>
    JSON.parse(JSON.stringify(scores, (key, value) => (key === "seconds" ? 0 : value)));
  assert.deepEqual(untimed(resumed), untimed(whole));
  for (const model of ["model", "lastModel"] as const) {
    assert.deepEqual(await tensors(resumed[model]!), await tensors(whole[model]!));
  }
  const chosen = whole.scores!.chosen.step;
  const names = (await readdir(join(runDir, "checkpoints")))
    .map((name) => Number(name.slice(5, 11)))
    .sort((a, b) => a - b);
  assert.deepEqual(
    names,
    [...new Set([chosen, 9])].sort((a, b) => a - b),
  );
});

test("the model is the chosen state, not the last, where they differ", { timeout: 60_000 }, async () => {
  // Ruins the net in its second epoch: all embeddings become one, and validation cannot but choose the first.
  let weights: readonly tf.Variable[] = [];
  const ruin: RunObserver = {
    name: "ruin",
    start: ({ state }) => {
      weights = state.trainable.slice(0, -1).map(({ variable }) => variable);
    },
    onStep: ({ step }) => {
      if (step !== 6) return;
      for (const variable of weights) tf.tidy(() => variable.assign(tf.zerosLike(variable)));
      weights.at(-1)?.assign(tf.ones(weights.at(-1)!.shape));
    },
  };
  const runDir = join(dir, "ruined");
  const { scores, model, lastModel } = await train(config, { runDir, observers: [ruin] });
  assert.equal(scores!.last.validation?.auc, 0.5);
  assert.deepEqual([scores!.chosen.step, scores!.last.step], [3, 6]);
  for (const [path, step] of [
    [model!, 3],
    [lastModel!, 6],
  ] as const) {
    const { tensors } = await readSafetensors(join(runDir, "checkpoints", `step-00000${step}.safetensors`));
    for (const [name, { data }] of (await readSafetensors(path)).tensors) {
      assert.deepEqual(data, tensors.get(`net/${name}`)?.data, name);
    }
  }
});

test("people are held out of shards as of folders", { timeout: 60_000 }, async () => {
  const shards = join(dir, "shards");
  await packShards(config.dataDir, shards, { shardSize: 20 });
  const seen: string[][] = [];
  for (const dataDir of [config.dataDir, shards]) {
    const summary = await train(
      { ...config, dataDir, maxNrofEpochs: 1 },
      { runDir: join(dir, `split-${seen.length}`) },
    );
    seen.push([
      String(summary.photos),
      String(summary.heldOutIdentities),
      String(summary.scores?.chosen.validation?.pairs),
    ]);
  }
  assert.deepEqual(seen[0], seen[1]);
});

test("what cannot be evaluated is told before any time is spent", async () => {
  const runDir = join(dir, "never");
  const refuse = (change: object, message: RegExp, name: string) =>
    assert.rejects(train({ ...withTest, ...change }, { runDir }), { name, message });
  await refuse({ validationIdentities: 8 }, /expected 2 identities or more, got 1/, "RangeError");
  await refuse(
    { validationIdentities: 3 },
    /expected 4 people or more with 2 photos or more, got 3/,
    "RangeError",
  );
  await refuse({ validationIdentities: 9 }, /expected 1 to 8 of 9/, "RangeError");
  await refuse({ lfwPairs: join(dir, "none.txt") }, /none\.txt/, "PairsError");
  await refuse({ lfwDir: join(dir, "none") }, /none/, "Error");
  await refuse({ lfwPairs: undefined }, /expected lfwPairs beside lfwDir, got none/, "ConfigError");
  await refuse({ lfwNrofFolds: 5 }, /expected a number of pairs that 5 folds divide, got 12/, "RangeError");
  const set = { name: "lfw", dir: withTest.lfwDir!, pairs: withTest.lfwPairs! };
  await refuse({ testSets: [set] }, /expected names of their own, got lfw again/, "ConfigError");
  await refuse({ testSets: [{ ...set, name: "a b" }] }, /letters, digits/, "ConfigError");
  await refuse(
    { imageSize: [16, 8] },
    /test: expected crops of 16x8 \(height x width\) like those that are trained on, got 16x16 in /,
    "RangeError",
  );
  const [a, b] = [
    await tinyFaces(join(dir, "aligned"), 9, 5),
    await tinyFaces(join(dir, "aligned-test"), 4, 3),
  ];
  await writeFile(join(a, "alignment.json"), JSON.stringify(record));
  await writeFile(join(b, "alignment.json"), JSON.stringify({ ...record, minSize: 40 }));
  await refuse(
    { dataDir: a, lfwDir: b },
    /aligned like those that are trained on, got minSize 40/,
    "AlignmentMismatchError",
  );
  await assert.rejects(readdir(runDir), /ENOENT/);
});

test("several test sets are watched, missing and unreadable photos leave their pairs out", async () => {
  const broken = await tinyFaces(join(dir, "broken"), 4, 3);
  await writeFile(join(broken, "person0", "1.png"), "no picture");
  const skipped: string[] = [];
  const other = { name: "other", dir: broken, pairs: withTest.lfwPairs! };
  const { scores } = await train(
    { ...withTest, testSets: [other], maxNrofEpochs: 1, validationIdentities: 0 },
    { runDir: join(dir, "several"), onSkip: ({ path }) => void skipped.push(path) },
  );
  const { lfw, other: measured } = scores!.last.tests;
  assert.deepEqual([lfw.pairs, lfw.skippedPairs, measured.pairs, measured.skippedPairs], [12, 0, 9, 3]);
  assert.deepEqual(skipped, [join(broken, "person0", "1.png")]);
  assert.deepEqual([scores!.chosenBy, Object.keys(scores!.best)], ["last", ["lfw", "other"]]);
});
