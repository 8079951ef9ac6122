import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet, kernels, NET_NAMES, type NetName, netVariables } from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { slow } from "../../../test/slow.ts";

before(() => tf.setBackend("onnx"));

const TINY = { imageSize: [32, 32], embeddingSize: 8, seed: 1 } as const;
const PLAIN = NET_NAMES.filter((name) => name.startsWith("resface"));
const VARIANTS = [
  ...NET_NAMES.map((name) => ({ name, title: name, options: TINY })),
  ...PLAIN.map((name) => ({
    name,
    title: `${name} without batch normalisation`,
    options: { ...TINY, batchNorm: false },
  })),
];

/** `stage1/unit1` and so on, a stage with `units[i]` of them. */
const unitsOf = (units: readonly number[]) =>
  units.flatMap((count, s) => Array.from({ length: count }, (_, u) => `stage${s + 1}/unit${u + 1}`));
const resface = (units: readonly number[]) => [
  ...units.flatMap((count, s) => [
    `stage${s + 1}/down/kernel`,
    ...Array.from({ length: count }, (_, u) =>
      [1, 2].map((c) => `stage${s + 1}/unit${u + 1}/conv${c}/kernel`),
    ).flat(),
  ]),
  "embedding/kernel",
];

const lresnet = (units: readonly number[]) => [
  "conv1/kernel",
  ...unitsOf(units).flatMap((unit) => [
    `${unit}/conv1/kernel`,
    `${unit}/conv2/kernel`,
    ...(unit.endsWith("unit1") ? [`${unit}/shortcut/kernel`] : []),
  ]),
  "embedding/kernel",
];

/** What weight decay covers. */
const DECAYED: Readonly<Record<NetName, readonly string[]>> = {
  resface20: resface([1, 2, 4, 1]),
  resface36: resface([2, 4, 8, 1]),
  "resface-small": resface([1, 1, 1, 1]),
  "lresnet50e-ir": lresnet([3, 4, 14, 3]),
  iresnet18: lresnet([2, 2, 2, 2]),
  iresnet34: lresnet([3, 4, 6, 3]),
  iresnet50: lresnet([3, 4, 14, 3]),
  iresnet100: lresnet([3, 13, 30, 3]),
  mobilefacenet: [
    "conv1/kernel",
    "depthwise1/depthwise_kernel",
    ...unitsOf([5, 1, 6, 1, 2]).flatMap((unit) => [
      `${unit}/expand/kernel`,
      `${unit}/depthwise/depthwise_kernel`,
      `${unit}/project/kernel`,
    ]),
    "conv2/kernel",
    "global/depthwise_kernel",
    "embedding/kernel",
  ],
};

const images = () => tf.randomUniform<tf.Rank.R4>([4, 32, 32, 3], -1, 1, "float32", 1);

/** The large nets take over five seconds. */
const when = (name: NetName) => ({
  skip:
    slow() || name === "resface-small" || name === "mobilefacenet" ? false : "slow: run with AMFACE_SLOW=1",
  timeout: 120_000,
});

/** Loss and gradients of one training pass. */
function pass(model: tf.LayersModel, variables: tf.Variable[]) {
  const batch = images();
  const loss = () => tf.sum(tf.pow(model.apply(batch, { training: true }) as tf.Tensor, 3)) as tf.Scalar;
  return tf.variableGrads(loss, variables);
}

for (const { name, title, options } of VARIANTS) {
  test(`${title} gives every trainable variable a gradient`, when(name), () => {
    const { model } = createNet(name, { ...options, keepProbability: 0.8 });
    const trainable = netVariables(model).filter((variable) => variable.trainable);
    tf.tidy(() => {
      const { grads } = pass(
        model,
        trainable.map(({ variable }) => variable),
      );
      const sizes = tf
        .stack(trainable.map(({ variable }) => tf.max(tf.abs(grads[variable.name]))))
        .dataSync();
      trainable.forEach(({ name }, i) => {
        assert.ok(Number.isFinite(sizes[i]) && sizes[i] > 0, `gradient of ${name} is ${sizes[i]}`);
      });
    });
    model.dispose();
  });

  test(`kernels() of ${title} are its convolutions and dense layer, every one of them`, () => {
    const { model } = createNet(name, options);
    const expected = DECAYED[name];
    assert.deepEqual(
      kernels(model)
        .map((kernel) => kernel.name)
        .sort(),
      [...expected].sort(),
    );
    const rest = netVariables(model).filter((variable) => !expected.includes(variable.name));
    const kinds = new Set(rest.map((variable) => variable.name.split("/").at(-1)));
    const others = ["alpha", "beta", "bias", "gamma", "moving_mean", "moving_variance"];
    assert.ok([...kinds].every((kind) => others.includes(kind as string)));
    model.dispose();
  });
}

for (const name of NET_NAMES) {
  test(
    `${name} trains with one call for each batch normalisation and each PReLU's gradient`,
    when(name),
    async () => {
      const { model } = createNet(name, TINY);
      const trainable = netVariables(model).flatMap(({ trainable, variable }) =>
        trainable ? [variable] : [],
      );
      const { kernels } = await tf.profile(() => {
        tf.tidy(() => void pass(model, trainable).value.dataSync());
      });
      const calls = (kernel: string) => kernels.filter(({ name }) => name === kernel).length;
      const layers = (kind: string) => model.layers.filter((layer) => layer.getClassName() === kind).length;
      assert.equal(calls("BatchNormTraining"), layers("BatchNormalization"));
      assert.equal(calls("BatchNormTrainingGrad"), layers("BatchNormalization"));
      assert.equal(calls("PreluGrad"), layers("PReLU"));
      for (const stock of ["Mean", "SquaredDifference", "Rsqrt", "FusedBatchNorm", "Where", "Select"]) {
        assert.equal(calls(stock), 0, stock);
      }
      model.dispose();
    },
  );

  test(`${name} takes other image and embedding sizes, and either padding`, when(name), () => {
    for (const padding of ["same", "symmetric"] as const) {
      const { model } = createNet(name, { imageSize: [48, 33], embeddingSize: 5, padding });
      assert.deepEqual(
        model.getLayer("flatten").inboundNodes[0].inputTensors[0].shape.slice(1, 3),
        name === "mobilefacenet" ? [1, 1] : [3, 3],
      );
      assert.deepEqual(model.outputs[0].shape, [null, 5]);
      model.dispose();
    }
  });
}
