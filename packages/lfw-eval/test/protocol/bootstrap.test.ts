import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bootstrap, bootstrap, compareModels, type DistanceTable, evaluate } from "../../src/mod.ts";
import { labels, randomDistances, seeded } from "../seeded.ts";

const issame = labels(10, 100);

/** A table of which every person has a distance of its own on top, so that pairs of one person err together. */
function clustered(people: number, effect: number, seed: number): DistanceTable {
  const next = seeded(seed);
  const own = Array.from({ length: people }, () => effect * (next() - 0.5));
  const person = () => Math.floor(next() * people);
  const pairs = issame.map((same): [number, number] => {
    const a = person();
    return [a, same ? a : (a + 1 + Math.floor(next() * (people - 1))) % people];
  });
  const noise = randomDistances(issame, 0.3, seed + 1);
  return {
    issame,
    distances: noise.map((d, p) => d + own[pairs[p][0]] + own[pairs[p][1]]),
    identities: pairs.map(([a, b]) => [`p${a}`, `p${b}`] as const),
  };
}

test("bootstrap() holds the measured values inside its intervals and repeats for a seed", () => {
  const table = clustered(60, 0.2, 3);
  const got = bootstrap(table, { replicates: 300, seed: 7 });
  const { exact, tarAtFar } = evaluate(table.distances, issame);
  const inside = (value: number, [low, high]: readonly [number, number]) => low <= value && value <= high;
  assert.ok(inside(exact.auc, got.auc!), `${exact.auc} ${got.auc}`);
  assert.ok(inside(exact.eer, got.eer!), `${exact.eer} ${got.eer}`);
  for (const i of [0, 1]) {
    assert.ok(inside(tarAtFar[i].tar!, got.tarAtFar[i].tar!));
    assert.ok(inside(tarAtFar[i].threshold!, got.tarAtFar[i].threshold!));
  }
  assert.equal(got.tarAtFar[3].tar, null);
  assert.equal(got.resampled, "identities");
  assert.deepEqual(got, bootstrap(table, { replicates: 300, seed: 7 }));
  assert.notDeepEqual(got.auc, bootstrap(table, { replicates: 300, seed: 8 }).auc);
  const { far, low, high } = got.band;
  assert.ok(Math.abs(far[0] - 1e-3) < 1e-9 && Math.abs(far.at(-1)! - 1) < 1e-9);
  assert.ok(low.every((value, i) => value <= high[i]) && high.at(-1) === 1);
});

test("bootstrap() of independent pairs has the spread of the area's known standard error", () => {
  const distances = randomDistances(issame, 0.3, 21);
  const { auc, resampled } = bootstrap({ distances, issame }, { replicates: 600 });
  assert.equal(resampled, "pairs");
  // Hanley and McNeil (Radiology 143, 1982): standard error of an area of this size with 1,000 pairs of each class.
  const area = evaluate(distances, issame).exact.auc;
  const [q1, q2] = [area / (2 - area), (2 * area ** 2) / (1 + area)];
  const error = Math.sqrt((area * (1 - area) + 999 * (q1 - area ** 2 + q2 - area ** 2)) / 1e6);
  const width = (auc![1] - auc![0]) / 2 / 1.96;
  assert.ok(width > 0.8 * error && width < 1.2 * error, `${width} ${error}`);
});

test("bootstrap() by people is wider than by pairs where people differ, and about as wide where they do not", () => {
  const ratio = (effect: number, people: number) => {
    const table = clustered(people, effect, 5);
    const width = ({ eer }: Bootstrap) => eer![1] - eer![0];
    const { distances } = table;
    return (
      width(bootstrap(table, { replicates: 400 })) /
      width(bootstrap({ distances, issame }, { replicates: 400 }))
    );
  };
  const [far, near] = [ratio(0.6, 30), ratio(0, 1000)];
  assert.ok(far > 1.3, `${far}`);
  assert.ok(near > 0.8 && near < 1.6, `${near}`);
});

test("bootstrap() refuses what it cannot resample", () => {
  const distances = randomDistances(issame, 0.3, 1);
  assert.throws(() => bootstrap({ distances, issame }, { replicates: 2 }), /20 replicates or more/);
  assert.throws(() => bootstrap({ distances: distances.slice(1), issame }), /as many distances as labels/);
});

test("compareModels() is sure of a difference that is there, and of its sign", () => {
  const [good, bad] = [randomDistances(issame, 0.5, 1), randomDistances(issame, 0.2, 2)];
  const got = compareModels({ distances: good, issame }, { distances: bad, issame }, { replicates: 300 });
  assert.ok(got.accuracy.difference > 0.05);
  assert.ok(got.accuracy.interval[0] > 0 && got.accuracy.interval[1] > got.accuracy.difference);
  assert.ok(got.mcnemar.pValue < 1e-6);
  assert.equal(got.better, "a");
  const accuracy = evaluate(good, issame).accuracy.mean;
  assert.ok(Math.abs(got.accuracy.a - accuracy) < 1e-12);
  const turned = compareModels({ distances: bad, issame }, { distances: good, issame }, { replicates: 300 });
  assert.equal(turned.better, "b");
  assert.deepEqual([turned.mcnemar.onlyA, turned.mcnemar.onlyB], [got.mcnemar.onlyB, got.mcnemar.onlyA]);
});

test("compareModels() calls models of the same quality neither better, nearly always", () => {
  let sure = 0;
  for (let seed = 0; seed < 20; seed++) {
    const [a, b] = [randomDistances(issame, 0.3, 100 + seed), randomDistances(issame, 0.3, 200 + seed)];
    if (
      compareModels({ distances: a, issame }, { distances: b, issame }, { replicates: 200 }).better !== null
    )
      sure++;
  }
  assert.ok(sure <= 3, `${sure} of 20`);
});

test("compareModels() gives McNemar's exact probability", () => {
  // Of the pairs below 1 and 2 each model gets the same right but for five, all of them for the first.
  const labelsOf = [
    ...Array(20).fill(true),
    ...Array(20).fill(false),
    ...Array(20).fill(true),
    ...Array(20).fill(false),
  ];
  const a = Float64Array.from(labelsOf, (same) => (same ? 0.5 : 1.5));
  const b = a.slice();
  for (let p = 0; p < 5; p++) b[p] = 1.9;
  const got = compareModels(
    { distances: a, issame: labelsOf },
    { distances: b, issame: labelsOf },
    { folds: 2 },
  );
  assert.deepEqual([got.mcnemar.onlyA, got.mcnemar.onlyB], [5, 0]);
  assert.ok(Math.abs(got.mcnemar.pValue - 2 / 32) < 1e-12);
  const itself = compareModels(
    { distances: a, issame: labelsOf },
    { distances: a, issame: labelsOf },
    { folds: 2 },
  );
  assert.deepEqual([itself.mcnemar.pValue, itself.accuracy.interval, itself.better], [1, [0, 0], null]);
});

test("compareModels() refuses tables of other pairs, but not of the same names in another of Unicode's spellings", () => {
  const distances = randomDistances(issame, 0.3, 1);
  const table = { distances, issame };
  const fails = (other: DistanceTable, message: RegExp) =>
    assert.throws(() => compareModels(table, other), message);
  fails({ distances: distances.slice(2), issame: issame.slice(2) }, /got 2000 and 1998 pairs/);
  fails({ distances, issame: issame.map((same) => !same) }, /got other labels at pair 1/);
  const photos = issame.map((): readonly [string, string] => ["a/1.png", "b/1.png"]);
  assert.throws(
    () => compareModels({ ...table, photos }, { ...table, photos: photos.with(3, ["a/1.png", "c/1.png"]) }),
    /got a\/1\.png and b\/1\.png against a\/1\.png and c\/1\.png at pair 4/,
  );
  const spelled = (form: "NFC" | "NFD") => photos.with(3, ["José/1.png".normalize(form), "b/1.png"]);
  const same = [
    { ...table, photos: spelled("NFC") },
    { ...table, photos: spelled("NFD") },
  ] as const;
  assert.equal(compareModels(...same, { replicates: 20 }).pairs, issame.length);
});
