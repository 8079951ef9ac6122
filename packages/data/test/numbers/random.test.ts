import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";

test("Random gives the same values for the same keys on every runtime", () => {
  const random = new Random("golden", 7, -1);
  assert.deepEqual(
    Array.from({ length: 4 }, () => random.uint32()),
    [2583888214, 2043610264, 2243540550, 2832316689],
  );
});

test("Random.fill() draws what uint32() would, and goes on from there", () => {
  const [a, b] = [new Random("fill", 1), new Random("fill", 1)];
  const values = new Uint32Array(100);
  a.fill(values);
  assert.deepEqual(
    [...values],
    Array.from({ length: 100 }, () => b.uint32()),
  );
  assert.equal(a.uint32(), b.uint32());
});

test("Random tells keys apart: order, sign, size, kind, and where one key ends", () => {
  const keys = [
    [],
    [0],
    [1],
    [-1],
    [2 ** 32],
    [2 ** 32 + 1],
    ["1"],
    ["1", "2"],
    ["12"],
    [1, 2],
    [2, 1],
    [0, 0],
  ];
  const firsts = new Set(keys.map((k) => new Random(...k).uint32()));
  assert.equal(firsts.size, keys.length);
  assert.throws(() => new Random(0.5), RangeError);
  assert.throws(() => new Random(Number.NaN), RangeError);
});

test("Random.fork() does not depend on what was drawn", () => {
  const a = new Random(5);
  const b = new Random(5);
  b.next();
  assert.equal(a.fork("x", 1).uint32(), b.fork("x", 1).uint32());
  assert.equal(a.fork("x").uint32(), new Random(5, "x").uint32());
});

test("Random's generators of neighbouring keys are independent and even", () => {
  const bins = new Array(16).fill(0);
  let same = 0;
  for (let i = 0; i < 8000; i++) {
    const here = new Random("flip", 3, 0, i);
    bins[here.int(16)]++;
    if (new Random("flip", 3, 0, i).chance(0.5) === new Random("flip", 3, 1, i).chance(0.5)) same++;
  }
  const chiSquare = bins.reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0);
  assert.ok(chiSquare < 37.7, `chi square ${chiSquare} of 15 degrees of freedom, 0.001 quantile 37.7`);
  assert.ok(Math.abs(same - 4000) < 150, `${same} of 8000 equal`);
});

test("Random.normal() has mean 0 and variance 1", () => {
  const random = new Random(1);
  const values = Array.from({ length: 20000 }, () => random.normal());
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.05, `variance ${variance}`);
});

test("Random.permutation() holds every integer once and moves them everywhere", () => {
  const order = new Random(2).permutation(1000);
  assert.deepEqual(
    order.slice().sort(),
    Uint32Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.ok(order.filter((v, i) => v === i).length < 8);
  const places = [0, 0, 0];
  for (let seed = 0; seed < 3000; seed++) places[new Random(seed).permutation(3).indexOf(0)]++;
  for (const n of places) assert.ok(Math.abs(n - 1000) < 110, `${places}`);
});
