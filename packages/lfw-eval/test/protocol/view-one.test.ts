import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateViewOne } from "../../src/mod.ts";
import { wilson } from "../../src/protocol/summary.ts";
import { labels, randomDistances } from "../seeded.ts";

test("evaluateViewOne() takes the threshold from the training pairs alone", () => {
  const issame = labels(1, 200);
  const train = { distances: randomDistances(issame, 0.4, 1), issame };
  const test = { distances: randomDistances(issame, 0.4, 2), issame };
  for (const search of ["grid", "exact"] as const) {
    const got = evaluateViewOne(train, test, search);
    const right = (table: typeof train, threshold: number) =>
      issame.filter((same, p) => table.distances[p] < threshold === same).length / issame.length;
    assert.equal(got.accuracy, right(test, got.threshold));
    assert.equal(got.trainAccuracy, right(train, got.threshold));
    const tried = Array.from({ length: 400 }, (_, i) => right(train, i / 100));
    assert.ok(got.trainAccuracy >= Math.max(...tried));
    if (search === "grid") assert.equal(got.threshold, tried.indexOf(Math.max(...tried)) / 100);
    assert.ok(got.ci95[0] < got.accuracy && got.accuracy < got.ci95[1]);
  }
});

test("wilson() gives the published intervals", () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  for (const [count, total, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ]) {
    const [a, b] = wilson(count, total);
    assert.ok(Math.abs(a - low) < 1e-4 && Math.abs(b - high) < 1e-4, `${count}/${total}: ${a} ${b}`);
  }
});
