import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allPairDistances,
  areaUnder,
  blufr,
  drawTrials,
  type Embeddings,
  firstAsGallery,
  identify,
  openSetRate,
  rocCurve,
  sortedRoc,
  sortedTarAtFar,
  squaredDistances,
  tarAtFar,
} from "../../src/mod.ts";
import { seeded } from "../seeded.ts";

/** People as random directions, photos scattered around them; sizes that fill no block evenly. */
function population(people: number, photos: number, size: number, scatter: number, seed = 1) {
  const next = seeded(seed);
  const normal = () => next() + next() + next() + next() - 2;
  const centres = Array.from({ length: people }, () => Array.from({ length: size }, normal));
  const identities = Array.from({ length: people * photos }, (_, i) => `person-${i % people}`);
  const data = Float32Array.from({ length: identities.length * size }, (_, k) => {
    const row = Math.floor(k / size);
    return centres[row % people][k % size] + scatter * normal();
  });
  return { embeddings: { data, size } as Embeddings, identities };
}

const { embeddings, identities } = population(47, 5, 19, 1.2);
const count = identities.length;
const everyPair = Array.from({ length: count }, (_, a) =>
  Array.from({ length: count - a - 1 }, (_, k) => ({ a, b: a + 1 + k })),
).flat();

test("allPairDistances() gives the distances of every pair, sorted by class", () => {
  const one = squaredDistances(embeddings, everyPair);
  const issame = everyPair.map(({ a, b }) => identities[a] === identities[b]);
  const got = allPairDistances(embeddings, identities);
  for (const [list, same] of [
    [got.same, true],
    [got.different, false],
  ] as const) {
    const expected = one.filter((_, p) => issame[p] === same).sort();
    assert.equal(list.length, expected.length);
    list.forEach((distance, p) => {
      assert.ok(Math.abs(distance - expected[p]) < 1e-5, `${distance} ${expected[p]}`);
    });
  }
  const fars = [0.1, 0.01, 0.001];
  const [exact, all] = [tarAtFar(one, issame, fars), sortedTarAtFar(got, fars)];
  exact.forEach(({ tar }, i) => {
    assert.ok(Math.abs(tar! - all[i].tar!) <= 1 / got.same.length);
  });
  assert.ok(Math.abs(areaUnder(sortedRoc(got)) - areaUnder(rocCurve(one, issame))) < 1e-5);
});

test("allPairDistances() of some rows compares only those, and refuses a single class", () => {
  const rows = [0, 47, 3, 94];
  const { same, different } = allPairDistances(embeddings, identities, rows);
  assert.deepEqual([same.length, different.length], [3, 3]);
  assert.throws(
    () => allPairDistances(embeddings, identities, [0, 1, 2]),
    /same and different pairs, got 0 and 3/,
  );
  assert.throws(() => allPairDistances(embeddings, identities, [0, 900]), /expected rows below 235, got 900/);
  assert.throws(
    () => allPairDistances(embeddings, ["a"]),
    /expected 235 identities, one an embedding, got 1/,
  );
});

/** Rank of each probe's own person by sorting the whole gallery. */
function ranksBySorting(gallery: readonly number[], probes: readonly number[]): number[] {
  return probes.map((probe) => {
    const distances = squaredDistances(
      embeddings,
      gallery.map((a) => ({ a, b: probe })),
    );
    const own = distances[gallery.findIndex((row) => identities[row] === identities[probe])];
    return [...distances].filter((distance) => distance <= own).length;
  });
}

test("identify() agrees with sorting the gallery for each probe", () => {
  const sets = firstAsGallery(identities);
  const ranks = ranksBySorting(sets.gallery, sets.probes);
  const { cmc, gallery, probes } = identify(embeddings, identities);
  assert.deepEqual([gallery, probes], [47, 188]);
  for (const k of [1, 2, 5, 47]) {
    assert.equal(cmc[k - 1], ranks.filter((rank) => rank <= k).length / ranks.length, `rank ${k}`);
  }
  assert.ok(cmc[0] > 0.2 && cmc[0] < 1);
  assert.equal(cmc.at(-1), 1);
});

test("identify() counts a tie against the probe and names what a gallery lacks", () => {
  const twins = { data: Float32Array.of(1, 0, 1, 0, 1, 0), size: 2 };
  assert.deepEqual([...identify(twins, ["a", "b", "a"]).cmc], [0, 1]);
  const sets = { gallery: [0, 2], probes: [1] };
  assert.throws(() => identify(twins, ["a", "b", "a"], sets), /one gallery photo an identity, got 2 of 1/);
  assert.throws(() => identify(twins, ["a", "b", "c"], sets), /Cannot identify row 1: expected its identity/);
  assert.throws(() => identify(twins, ["a", "b", "c"]), /one of them with two photos, got 3 with 3 photos/);
});

test("openSetRate() lets no more impostors in than asked for", () => {
  const [trial] = drawTrials(identities, { trials: 1, seed: 3 });
  const { rate, threshold } = openSetRate(embeddings, identities, trial, 0.1);
  const nearest = (row: number) =>
    Math.min(
      ...squaredDistances(
        embeddings,
        trial.gallery.map((a) => ({ a, b: row })),
      ),
    );
  const inside = trial.impostors.filter((row) => nearest(row) < threshold! - 1e-6).length;
  assert.ok(
    inside <= 0.1 * trial.impostors.length && inside >= 0.1 * trial.impostors.length - 2,
    `${inside}`,
  );
  const ranks = ranksBySorting(trial.gallery, trial.probes);
  const found = trial.probes.filter((row, p) => ranks[p] === 1 && nearest(row) < threshold! - 1e-6).length;
  assert.ok(Math.abs(rate! - found / trial.probes.length) < 1e-9);
  assert.deepEqual(openSetRate(embeddings, identities, { ...trial, impostors: [0, 1] }), {
    rate: null,
    threshold: null,
  });
});

test("drawTrials() keeps impostors out of the gallery and gives the same trials for the same seed", () => {
  const trials = drawTrials(identities, { trials: 3, seed: 5 });
  for (const { rows, gallery, probes, impostors } of trials) {
    const known = new Set(gallery.map((row) => identities[row]));
    assert.equal(known.size, gallery.length);
    assert.ok(probes.every((row) => known.has(identities[row])));
    assert.ok(impostors.every((row) => !known.has(identities[row])));
    assert.equal(new Set([...gallery, ...probes, ...impostors]).size, rows.length);
    assert.equal(rows.length, Math.ceil(0.74 * 47) * 5);
  }
  assert.deepEqual(trials, drawTrials(identities, { trials: 3, seed: 5 }));
  assert.notDeepEqual(trials[0].rows, trials[1].rows);
  assert.throws(() => drawTrials(["a", "b", "c"]), /two photos or more .* got 0 of 3/);
});

test("blufr() gives mean and spread over trials, and nothing where pairs are too few", () => {
  const got = blufr(embeddings, identities, drawTrials(identities, { trials: 4 }), {
    fars: [0.01, 1e-6],
    openSetFar: 0.05,
  });
  assert.equal(got.trials, 4);
  assert.deepEqual(got.pairs, { same: 35 * 10, different: (175 * 174) / 2 - 350 });
  const [first, second] = got.verification;
  assert.ok(first.mean! > 0 && first.mean! < 1);
  assert.ok("lower" in first && Math.abs(first.lower - (first.mean - first.std)) < 1e-12);
  assert.deepEqual(second, { far: 1e-6, mean: null });
  assert.ok(got.openSet.mean! > 0);
});
