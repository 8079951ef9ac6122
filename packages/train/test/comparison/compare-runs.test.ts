import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { compareModels, type DistanceTable, writeDistances } from "@amface/lfw-eval";
import { compareRuns, readRun, renderComparison, train } from "@amface/train";
import { tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
const paths = () => ["a", "b"].map((name) => join(dir, name));
before(async () => {
  const run = await tinyRun(7, 4, {
    maxSteps: 4,
    validationIdentities: 4,
    validationPairs: 20,
    tensorboard: false,
  });
  ({ dir, remove } = run);
  for (const [i, runDir] of paths().entries()) {
    await train({ ...run.config, ...(i === 1 && { loss: "arcface", seed: 2 }) }, { runDir });
  }
});
after(() => remove());

/** Forty pairs, of which the model tells all right but the first `wrong`. */
const table = (wrong: number): DistanceTable => ({
  distances: Float64Array.from({ length: 40 }, (_, p) => ((p % 2 === 0) === p >= wrong ? 1 : 3)),
  issame: Array.from({ length: 40 }, (_, p) => p % 2 === 0),
});

test("compareRuns() names the options that differ, their defaults too, and none that is the same", async () => {
  const { differences, tests } = compareRuns(await Promise.all(paths().map(readRun)));
  assert.deepEqual(differences, [
    { option: "loss", values: ["am-softmax", "arcface"] },
    { option: "margin", values: [0.35, 0.5] },
    { option: "scale", values: [30, 64] },
    { option: "seed", values: [0, 2] },
  ]);
  assert.deepEqual(tests, []);
});

test("compareRuns() tests runs on pairs that both have distances of, and says why where it cannot", async () => {
  for (const [path, wrong] of [
    [paths()[0], 2],
    [paths()[1], 14],
  ] as const) {
    await mkdir(join(path, "lfw"), { recursive: true });
    await writeDistances(join(path, "lfw", "distances.csv"), table(wrong));
  }
  const runs = await Promise.all(paths().map(readRun));
  const [{ a, b, set, comparison }, ...more] = compareRuns(runs).tests;
  assert.deepEqual([a, b, set, more], [...paths(), "lfw", []]);
  assert.deepEqual(comparison, compareModels(table(2), table(14)));
  const other = { distances: Float64Array.of(1, 3), issame: [true, false] };
  const odd = { ...runs[1], path: "odd", distances: new Map([["lfw", other]]) };
  const [failed] = compareRuns([runs[0], odd]).tests;
  assert.match(failed.reason!, /expected distances of the same pairs in the same order, got 40 and 2 pairs/);
});

test("compareRuns() refuses one run, and a run twice", async () => {
  const run = await readRun(paths()[0]);
  for (const runs of [[run], [run, run]])
    assert.throws(() => compareRuns(runs), /expected two different ones or more/);
  await assert.rejects(readRun(dir), { name: "ConfigError" });
});

test("renderComparison() shows options, scores, curves of every run and the tests", async () => {
  const runs = await Promise.all(paths().map(readRun));
  const page = renderComparison(compareRuns(runs));
  for (const text of ["arcface", "am-softmax", "AUC", "Paired tests", "Accuracy: validation"])
    assert.ok(page.includes(text), text);
  assert.ok(!page.includes("batchSize"), "an option that is the same");
  const figures = /<script>\n(\[\{.*\])\.forEach/.exec(page)![1];
  const [loss, accuracy] = JSON.parse(figures);
  assert.deepEqual(
    loss.data.map(({ x }: { x: number[] }) => x),
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
  );
  assert.deepEqual(
    accuracy.data.map(({ name }: { name: string }) => name),
    paths(),
  );
});
