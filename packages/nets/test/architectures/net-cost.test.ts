import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet, NET_NAMES } from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../../test/slow.ts";

before(() => tf.setBackend("onnx"));

/** Kernel values, scale, offset and slope of a stage of ResFace: its strided convolution and 2·units others. */
const stage = (inputs: number, channels: number, units: number) =>
  9 * channels * (inputs + 2 * units * channels) + 3 * channels * (1 + 2 * units);
/** Multiply-adds of the same on a map of `places`. */
const work = ([inputs, channels, units, places]: readonly [number, number, number, number]) =>
  9 * channels * (inputs + 2 * units * channels) * places;
const STAGES = (units: readonly number[]) =>
  [
    [3, 64, units[0], 56 * 48],
    [64, 128, units[1], 28 * 24],
    [128, 256, units[2], 14 * 12],
    [256, 512, units[3], 7 * 6],
  ] as const;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

for (const [name, units] of [
  ["resface20", [1, 2, 4, 1]],
  ["resface36", [2, 4, 8, 1]],
] as const) {
  test(`createNet() builds ${name} with the parameters and operations of its table`, () => {
    const { model, description } = createNet(name);
    const dense = 7 * 6 * 512 * 512;
    const parameters = sum(STAGES(units).map(([a, b, u]) => stage(a, b, u))) + dense + 2 * 512;
    assert.equal(description.trainableParameters, parameters);
    assert.equal(description.flops, 2 * (sum(STAGES(units).map((row) => work(row))) + dense));
    model.dispose();
  });
}

for (const [name, options, millions, gigaflops] of [
  // OpenVINO's model zoo has 22.671 million parameters and 3.504 GFLOP for SphereFace's 20 layers.
  ["resface20", { batchNorm: false }, 22.671, 3.504],
  // InsightFace has 43.59 million parameters and 6.33 billion multiply-adds for its net of 50 layers.
  ["lresnet50e-ir", { imageSize: [112, 112] }, 43.59, 2 * 6.33],
  // The paper has 0.99 million parameters and 221 million multiply-adds.
  ["mobilefacenet", { imageSize: [112, 112] }, 0.99, 2 * 0.221],
] as const) {
  test(`createNet() builds ${name} with the published ${millions} million parameters, ${gigaflops} GFLOP`, () => {
    const { model, description } = createNet(name, options);
    const near = (got: number, published: number, tolerance: number) =>
      assert.ok(Math.abs(got / published - 1) < tolerance, `${got}, published ${published}`);
    near(description.trainableParameters, millions * 1e6, millions > 1 ? 5e-5 : 0.015);
    near(description.flops, gigaflops * 1e9, 0.005);
    model.dispose();
  });
}

test("the README has the parameters and operations of every net", {
  skip: slow() ? false : "slow: run with AMFACE_SLOW=1",
  timeout: 60_000,
}, () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");
  for (const name of NET_NAMES) {
    const { model, description } = createNet(name);
    const millions = (description.trainableParameters / 1e6).toPrecision(3);
    const gigaflops = (description.flops / 1e9).toPrecision(3);
    assert.ok(readme.includes(`| \`${name}\` | ${millions} M | ${gigaflops} |`), `${millions}, ${gigaflops}`);
    model.dispose();
  }
});
