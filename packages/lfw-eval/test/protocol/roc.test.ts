import assert from "node:assert/strict";
import { test } from "node:test";
import { areaUnder, equalErrorRate, minDcf, nistDcfs, rocCurve, tarAtFar } from "../../src/mod.ts";
import { studentQuantile975 } from "../../src/protocol/summary.ts";
import { labels, randomDistances } from "../seeded.ts";

const issame = labels(2, 100);
const distances = randomDistances(issame, 0.3, 11);

test("rocCurve() has a point for each distance, ties taken together", () => {
  const { threshold, far, tar } = rocCurve([1, 2, 2, 3], [true, true, false, false]);
  assert.deepEqual([...threshold], [1, 2, 3, Infinity]);
  assert.deepEqual([...far], [0, 0, 0.5, 1]);
  assert.deepEqual([...tar], [0, 0.5, 1, 1]);
});

test("rocCurve() keeps only the points where the curve turns, and loses nothing by it", () => {
  const { threshold, far, tar } = rocCurve([1, 2, 3, 4, 5, 6], [true, true, false, false, false, true]);
  assert.deepEqual([...threshold], [1, 3, 6, Infinity]);
  assert.deepEqual([...far], [0, 0, 1, 1]);
  assert.deepEqual([...tar], [0, 2 / 3, 2 / 3, 1]);
});

test("minDcf() is the smallest cost of any threshold, 1 where distances tell nothing", () => {
  // At FAR 0, half of the same pairs are missed: 0.01 · 0.5 / 0.01.
  const roc = rocCurve([1, 2, 3, 4], [true, false, true, false]);
  assert.deepEqual(minDcf(roc), { value: 0.5, threshold: 2, targetPrior: 0.01 });
  const costs = [...distances, Infinity].map((threshold) => {
    const below = (same: boolean) =>
      distances.filter((d, p) => issame[p] === same && d < threshold).length / 200;
    return (0.3 * (1 - below(true)) + 2 * 0.7 * below(false)) / 0.3;
  });
  const got = minDcf(rocCurve(distances, issame), { targetPrior: 0.3, falseAcceptCost: 2 });
  assert.ok(Math.abs(got.value - Math.min(...costs)) < 1e-12, `${got.value}`);
  assert.equal(minDcf(rocCurve([4, 3, 2, 1], [true, true, false, false])).value, 1);
  assert.throws(() => minDcf(roc, { targetPrior: 1 }), RangeError);
});

test("areaUnder() is the probability that a same pair is nearer, ties counted half", () => {
  assert.equal(areaUnder(rocCurve([1, 2, 2, 3], [true, true, false, false])), (1 + 1 + 0.5 + 1) / 4);
  const same = distances.filter((_, p) => issame[p]);
  const different = distances.filter((_, p) => !issame[p]);
  let wins = 0;
  for (const s of same) for (const d of different) wins += s < d ? 1 : s === d ? 0.5 : 0;
  assert.ok(
    Math.abs(areaUnder(rocCurve(distances, issame)) - wins / (same.length * different.length)) < 1e-12,
  );
});

test("areaUnder() and equalErrorRate() do not change when distances are stretched in order", () => {
  const roc = rocCurve(distances, issame);
  const stretched = rocCurve(
    distances.map((d) => Math.exp(3 * d) - 1),
    issame,
  );
  assert.equal(areaUnder(stretched), areaUnder(roc));
  assert.equal(equalErrorRate(stretched), equalErrorRate(roc));
});

test("equalErrorRate() lies where both errors are equal", () => {
  assert.equal(equalErrorRate(rocCurve([1, 2, 3, 4], [true, false, true, false])), 0.5);
  assert.equal(equalErrorRate(rocCurve([1, 2, 3, 4], [true, true, false, false])), 0);
  assert.equal(equalErrorRate(rocCurve([1, 2, 3, 4], [false, false, true, true])), 1);
  // From (0, 1/2) to (1, 1), whose line meets TAR = 1 − FAR at FAR 1/3.
  assert.ok(Math.abs(equalErrorRate(rocCurve([1, 2, 2], [true, true, false])) - 1 / 3) < 1e-12);
});

test("tarAtFar() never exceeds the FAR and is null where the pairs cannot tell", () => {
  const different = distances.filter((_, p) => !issame[p]);
  const same = distances.filter((_, p) => issame[p]);
  const [tenth, hundredth, thousandth] = tarAtFar(distances, issame, [0.1, 0.01, 0.001]);
  for (const { far, tar, threshold } of [tenth, hundredth]) {
    assert.ok(different.filter((d) => d < threshold!).length <= far * different.length);
    assert.equal(tar, same.filter((d) => d < threshold!).length / same.length);
    // One more pair accepted would be one too many.
    assert.ok(different.filter((d) => d <= threshold!).length > far * different.length);
  }
  assert.deepEqual(thousandth, { far: 0.001, tar: null, threshold: null });
});

test("studentQuantile975() gives the tabulated values", () => {
  for (const [degrees, expected] of [
    [1, 12.7062],
    [2, 4.3027],
    [3, 3.1824],
    [9, 2.2622],
    [30, 2.0423],
  ]) {
    assert.ok(Math.abs(studentQuantile975(degrees) - expected) < 1e-4, `${degrees} degrees`);
  }
});

test("nistDcfs() is by hand what NIST's plans say, at a threshold of its own for each prior", () => {
  // Of four same pairs one lies beyond the nearest of a hundred different ones, and one beyond the second nearest.
  const distances = [0.1, 0.2, 0.5, 0.7, 0.4, 0.6, ...new Array<number>(98).fill(3)];
  const roc = rocCurve(
    distances,
    distances.map((_, p) => p < 4),
  );
  const [sre08, sre10, sre12, sre16] = nistDcfs(roc);
  // Misses and false accepts: 1/2 and 0, 1/4 and 0.01, 0 and 0.02. Normalised, a false accept counts (1 − π) / (C_miss π).
  const cost = (beta: number) => Math.min(1 / 2, 1 / 4 + 0.01 * beta, 0.02 * beta);
  const near = (got: number, expected: number) =>
    assert.ok(Math.abs(got - expected) < 1e-12, `${got} ${expected}`);
  near(sre08.value, cost(0.99 / 0.1));
  near(sre10.value, cost(999));
  near(sre12.value, (cost(99) + cost(999)) / 2);
  near(sre16.value, (cost(99) + cost(199)) / 2);
  assert.deepEqual(
    [sre08, sre10].map(({ points }) => points[0].threshold),
    [3, 0.4],
  );
});
