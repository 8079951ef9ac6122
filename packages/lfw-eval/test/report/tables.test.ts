import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bootstrap,
  cmcFigure,
  cmcTable,
  evaluate,
  farTable,
  foldTable,
  identify,
  subgroupRates,
  subgroupTable,
} from "../../src/mod.ts";
import { labels, randomDistances } from "../seeded.ts";

const issame = labels(5, 40);
const distances = randomDistances(issame, 0.4, 2);
const evaluation = evaluate(distances, issame, { folds: 5 });

test("foldTable() and farTable() have a row a fold and a FAR", () => {
  const folds = foldTable(evaluation).objects();
  assert.equal(folds.length, 5);
  assert.deepEqual(folds[2], { fold: 3, ...evaluation.folds[2] });
  const intervals = bootstrap({ distances, issame }, { replicates: 50 });
  const rows = farTable(evaluation, intervals);
  assert.equal(rows.numRows(), 6);
  const [tenth] = rows.objects() as Record<string, number>[];
  assert.equal(tenth.TAR, evaluation.tarAtFar[0].tar);
  assert.ok(tenth["TAR low"] <= tenth.TAR && tenth.TAR <= tenth["TAR high"]);
  assert.equal(tenth.VAL, evaluation.valAtFar[0].val!.mean);
  assert.equal((rows.objects() as Record<string, unknown>[])[5].TAR, null);
  assert.equal((farTable(evaluation).objects() as Record<string, unknown>[])[0]["TAR low"], null);
});

test("subgroupTable() and cmcTable() say what is behind their rates", () => {
  const photos = issame.map(() => ["a/1", "b/1"] as const);
  const table = { distances, issame, photos, identities: photos };
  const groups = subgroupRates(table, () => "all", 1.5, evaluation.tarAtFar);
  const [row] = subgroupTable(groups).objects() as Record<string, number>[];
  const rejected = issame.filter((same, p) => same && distances[p] >= 1.5).length;
  assert.deepEqual([row["same pairs"], row.FNMR], [200, rejected / 200]);
  const right = issame.filter((same, p) => same === distances[p] < 1.5).length;
  assert.equal(row.accuracy, right / issame.length);
  // One group of all pairs has the TAR of all.
  assert.equal(row["TAR at 0.01"], evaluation.tarAtFar[1].tar);
  const twins = { data: Float32Array.of(1, 0, 1, 0, 1, 0), size: 2 };
  assert.deepEqual(cmcTable(identify(twins, ["a", "b", "a"])).objects(), [
    { rank: 1, rate: 0 },
    { rank: 2, rate: 1 },
  ]);
});

test("cmcFigure() draws a model's rates over ranks from 1 on, as many as asked for", () => {
  const { data, layout } = cmcFigure(
    [
      { name: "a<b", cmc: Float64Array.of(0.5, 0.75, 1) },
      { name: "one", cmc: [1] },
    ],
    2,
  );
  assert.deepEqual(
    data.map(({ name, mode, x, y }) => ({ name, mode, x, y })),
    [
      { name: "a&#60;b", mode: "lines", x: [1, 2], y: [0.5, 0.75] },
      { name: "one", mode: "markers", x: [1], y: [1] },
    ],
  );
  assert.equal((layout.xaxis as { type: string }).type, "log");
});
