import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  createNet,
  type NamedTensor,
  NET_NAMES,
  type NetName,
  readSafetensors,
  type Safetensors,
  writeSafetensors,
} from "@amface/nets";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { pythonWith } from "../../../../test/python-with.ts";
import { slow } from "../../../../test/slow.ts";
import { batchGradients } from "../../src/step/batch-gradients.ts";
import type { StateVariable } from "../../src/step/state-variable.ts";
import { createTrainState, disposeTrainState } from "../../src/step/train-state.ts";

const SCRIPT = join(import.meta.dirname, "../../../../bench/peers/torch_gradients.py");
const python = pythonWith("torch", "numpy");
const HYPER = { margin: 0.35, scale: 30, weightDecay: 5e-4 };
const CASES: readonly (readonly [NetName, ...size: [number, number]])[] = [
  ...NET_NAMES.map((name) => [name, 32, 32] as const),
  ["resface20", 112, 96],
];

/** The large nets take over five seconds. */
function skipped(name: NetName): string | false {
  if (!slow() && name !== "resface-small") return "slow: run with AMFACE_SLOW=1";
  return !python && "needs a Python with PyTorch, as AMFACE_PYTHON or as python3";
}

let folder = "";
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "amface-torch-gradients-"));
  await tf.setBackend("onnx");
});
after(() => rmSync(folder, { recursive: true }));

for (const [name, ...imageSize] of CASES) {
  const title = `${name} at ${imageSize.join("×")} has PyTorch's loss and gradients in training`;
  test(title, { skip: skipped(name), timeout: 300_000 }, async () => {
    const state = createTrainState(createNet(name, { imageSize, seed: 1 }), 20, { seed: 1 });
    scatter(state.trainable);
    const images = pictures(imageSize);
    const labels = tf.tensor1d([3, 19, 0, 7], "int32");
    const expected = await torchGradients(name, { images, labels }, state.trainable);
    moveShifts(state.trainable, expected);
    const { gradients, measured, statistics } = batchGradients(
      state,
      { images, labels, lossNumbers: {} },
      HYPER,
      false,
    );

    const [loss] = (measured.loss as tf.Scalar).dataSync();
    const [wanted] = (expected.get("loss") as NamedTensor).data;
    assert.ok(Math.abs(loss - wanted) < 1e-5 * wanted, `loss ${loss} instead of ${wanted}`);
    const right = state.trainable.map(({ name }) => {
      return expected.get(`gradient/${name}`) ?? assert.fail(`PyTorch has no gradient of ${name}`);
    });
    // A shift before another batch normalisation changes nothing: its gradient is 0, but for what rounding leaves.
    const least = 1e-3 * Math.max(...right.map(({ data }) => largest(data)));
    for (const [i, { shape, data }] of right.entries()) {
      const { name } = state.trainable[i];
      assert.deepEqual(gradients[i].shape, shape, name);
      const values = gradients[i].dataSync();
      const error = largest(data.map((value, at) => values[at] - value)) / Math.max(least, largest(data));
      assert.ok(error < 1e-4, `gradient of ${name} differs by ${error} of its largest value`);
    }
    tf.dispose([images, labels, gradients, measured, [...statistics]]);
    disposeTrainState(state);
  });
}

/** Gives slopes, scales and shifts, all alike in a fresh net, values that tell one from another. */
function scatter(variables: readonly StateVariable[]): void {
  const alike = variables.filter(({ name }) => /\/(alpha|beta|gamma)$/.test(name));
  tf.tidy(() => {
    for (const [i, { variable }] of alike.entries())
      variable.assign(tf.add(variable, tf.randomUniform(variable.shape, -0.1, 0.1, "float32", i + 1)));
  });
}

/** PyTorch's nets have a unit's shortcut behind all else of the unit. */
function inTorchOrder(variables: readonly StateVariable[]): StateVariable[] {
  const unitOf = (name: string) => /^net\/stage\d+\/unit\d+/.exec(name)?.[0] ?? name;
  const units = [...new Set(variables.map(({ name }) => unitOf(name)))];
  const last = ({ name }: StateVariable) => Number(name.includes("/shortcut"));
  return units.flatMap((unit) =>
    variables.filter(({ name }) => unitOf(name) === unit).sort((a, b) => last(a) - last(b)),
  );
}

/** What PyTorch computes in float64: `loss`, `gradient/NAME`, and `weight/NAME` of shifts, which it moves. */
async function torchGradients(
  net: NetName,
  { images, labels }: { images: tf.Tensor; labels: tf.Tensor },
  variables: readonly StateVariable[],
) {
  const [input, output] = ["input", "output"].map((part) => join(folder, `${part}.safetensors`));
  const batch = [
    { name: "images", variable: images },
    { name: "labels", variable: labels },
  ];
  const tensors = [...batch, ...inTorchOrder(variables)].map(({ name, variable }) => {
    return { name, shape: variable.shape, data: Float32Array.from(variable.dataSync()) };
  });
  const metadata = Object.fromEntries(Object.entries(HYPER).map(([key, value]) => [key, String(value)]));
  await writeSafetensors(input, tensors, metadata);
  const { status, stderr } = spawnSync(python as string, [SCRIPT, net, input, output], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return (await readSafetensors(output)).tensors;
}

/** Takes over the shifts that lead no PReLU's input near its kink, where rounding would choose the slope. */
function moveShifts(variables: readonly StateVariable[], expected: Safetensors["tensors"]): void {
  tf.tidy(() => {
    for (const { name, variable } of variables) {
      const moved = expected.get(`weight/${name}`);
      if (moved) variable.assign(tf.tensor(moved.data, variable.shape));
    }
  });
}

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * Four images of soft spots, which differ as photos do. Noise looks alike everywhere: what sets one image apart from the
 * others, all that batch normalisation leaves, would be small beside what they share, and rounding large beside it.
 */
function pictures(imageSize: [number, number]): tf.Tensor4D {
  return tf.tidy(() => {
    const spots = tf.randomUniform<tf.Rank.R4>([4, 4, 4, 3], -1, 1, "float32", 2);
    return tf.image.resizeBilinear(spots, imageSize);
  });
}
