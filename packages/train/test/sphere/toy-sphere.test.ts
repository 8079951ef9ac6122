import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { Random } from "@amface/data";
import { sphereFigure, spherePicture, type ToySphere, toySphere } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";

before(() => tf.setBackend("onnx"));

/** Pictures of eight people: stripes of a phase each, and noise. */
const labels = Array.from({ length: 48 }, (_, i) => i % 8);
const crops = labels.map((label, i) => {
  const noise = new Random("noise", i);
  const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => 20 * ((label + at) % 8) + noise.int(100));
  return { data, width: 8, height: 8 };
});
const learn = (margin: number, seed = 1, steps = 6) =>
  toySphere({ crops, labels }, { margin, seed, steps, batchSize: 24 });

test("toySphere() gives the same unit vectors for the same seed, and leaves no tensor behind", async () => {
  const first = await learn(0.2);
  const tensors = tf.memory().numTensors;
  assert.deepEqual(await learn(0.2), first);
  assert.notDeepEqual((await learn(0.2, 2)).points, first.points);
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(first.points.length, 48);
  for (const point of first.points) assert.ok(Math.abs(Math.hypot(...point) - 1) < 1e-6);
});

test("toySphere() puts identities closer together and further apart with a margin than without", async () => {
  const [none, large] = [await learn(0, 1, 40), await learn(0.5, 1, 40)];
  assert.equal(large.accuracy, 1);
  assert.ok(large.within < 0.8 * none.within, `${large.within}° within, ${none.within}° without a margin`);
  assert.ok(large.gap > none.gap + 5, `gap ${large.gap}°, ${none.gap}° without a margin`);
});

const sphere = (margin: number): ToySphere => ({
  ...{ margin, loss: 0, accuracy: 1, within: 10.4, gap: 50 },
  points: [
    [1, 0, 0],
    [0, -1, 0],
  ],
  labels: [0, 1],
});

test("sphereFigure() shows one margin at a time, chosen by its slider", () => {
  const { data, layout } = sphereFigure([sphere(0), sphere(0.5)]);
  assert.deepEqual(
    data.map(({ visible }) => visible),
    [true, false, undefined],
  );
  const [{ steps }] = layout.sliders as { steps: { label: string; args: { visible?: boolean[] }[] }[] }[];
  assert.deepEqual(
    steps.map(({ label, args }) => [label, args[0].visible]),
    [
      ["0", [true, false, true]],
      ["0.5", [false, true, true]],
    ],
  );
});

test("spherePicture() gives every margin a panel of its own", () => {
  const { data } = spherePicture([0, 0.1, 0.2, 0.3].map(sphere));
  assert.deepEqual(
    data.map(({ xaxis }) => xaxis),
    ["x", "x", "x2", "x2", "x3", "x3", "x4", "x4"],
  );
  assert.deepEqual(data[1].text, ["m = 0: within 10°, gap 50°"]);
  // The point of x = 1 lies on the near half, that of y = -1 too; both inside the outline.
  const { x, y, marker } = data[0] as { x: number[]; y: number[]; marker: { opacity: number[] } };
  assert.ok(x.every((value, i) => Math.hypot(value, y[i]) <= 1.001));
  assert.deepEqual(marker.opacity, [1, 1]);
});
