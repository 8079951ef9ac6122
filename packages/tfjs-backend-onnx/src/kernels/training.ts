import { util } from "@tensorflow/tfjs-core";
import type { Call, Emitter, Lowered, OnnxKernel, Value } from "../lazy/kernel.ts";
import { orderOf, physicalShape, transposition } from "../runtime/layouts.ts";
import { isChannelwise, isPositive, negativePart, preluSlopes } from "./activation.ts";
import { multipleInLanes } from "./channel-blocks.ts";
import { Channels } from "./channels.ts";
import { align, elementwise } from "./elementwise.ts";
import { sumProducts } from "./staged-sum.ts";

/*
 * Kernels that TensorFlow.js does not know. A layer or optimizer that finds one (`tf.getKernel(name, "onnx")`) makes
 * one call of it where it would make a dozen of TensorFlow.js's operations, each of which costs it 15 µs a step.
 */

const allFloats = ({ inputs }: Call) => inputs.every(({ dtype }) => dtype === "float32");

/**
 * Batch normalisation by the batch's own statistics, over all axes but the last. Results: `y`; the batch's mean and
 * variance; the moving ones, `moving · momentum + batch · (1 − momentum)`.
 */
const batchNormTraining: OnnxKernel = {
  name: "BatchNormTraining",
  inputs: ["x", "scale", "offset", "movingMean", "movingVariance"],
  elementwise: true,
  infer: (call) =>
    allFloats(call) ? call.inputs.map(({ shape }) => ({ shape, dtype: "float32" })) : undefined,
  lower(cx, [x, scale, offset, movingMean, movingVariance], attrs) {
    const { graph } = cx;
    const channels = new Channels(cx, x);
    const stored = cx.get(x, channels.layout);
    const mean = channels.share(channels.sum(stored));
    // Not mean(x²) − mean², which has no right digit left where a channel is far from 0.
    const centred = channels.centred(stored, mean);
    const variance = channels.share(channels.sumOfProducts(centred, centred));
    const deviation = channels.deviation(variance, attrs.epsilon as number);
    const y = channels.affine(centred, graph.node("Div", [cx.get(scale), deviation]), cx.get(offset));
    const share = graph.float(1 - (attrs.momentum as number));
    const moved = (moving: string, now: string) =>
      graph.node("Sub", [moving, graph.node("Mul", [graph.node("Sub", [moving, now]), share])]);
    return [
      { name: y, layout: channels.layout },
      { name: mean },
      { name: variance },
      { name: moved(cx.get(movingMean), mean) },
      { name: moved(cx.get(movingVariance), variance) },
    ];
  },
};

/**
 * Gradients of `BatchNormTraining`'s `y` by `x`, scale and offset: dx is linear in `dy` and `x`, a channel. Its last factor is left
 * to what reads it.
 */
const batchNormTrainingGrad: OnnxKernel = {
  name: "BatchNormTrainingGrad",
  inputs: ["dy", "x", "scale", "mean", "variance"],
  elementwise: true,
  infer(call) {
    const [, x, scale] = call.inputs;
    return allFloats(call) ? [x, scale, scale] : undefined;
  },
  lower(cx, [dy, x, scale, mean, variance], attrs, [dx]) {
    const { graph } = cx;
    const { layout } = align(cx, [dy, x], dx);
    const [slope, stored] = [cx.get(dy, layout), cx.get(x, layout)];
    const channels = new Channels(cx, x, layout);
    const deviation = channels.deviation(cx.get(variance), attrs.epsilon as number);
    const centred = channels.centred(stored, cx.get(mean));
    const dOffset = channels.sum(slope);
    const dScale = graph.node("Div", [channels.sumOfProducts(slope, centred), deviation]);
    // dx = scale / √(variance + ε) · (dy + byX · (x − mean) + constant), each factor [C].
    const count = graph.float(-channels.count);
    const byX = graph.node("Div", [dScale, graph.node("Mul", [deviation, count])]);
    const constant = graph.node("Div", [dOffset, count]);
    const name = cx.added(slope, channels.affine(centred, byX, constant));
    const factor = graph.node("Div", [cx.get(scale), deviation]);
    return [{ name, layout, factor }, { name: dScale }, { name: dOffset }];
  },
};

/** Gradients of PReLU by `x` and `alpha`, which is as broad as x or broadcasts to it. */
const preluGrad: OnnxKernel = {
  name: "PreluGrad",
  inputs: ["dy", "x", "alpha"],
  elementwise: true,
  infer: (call) => (allFloats(call) ? [call.inputs[1], call.inputs[2]] : undefined),
  lower(cx, inputs, _, [dx, dAlpha]) {
    if (isChannelwise(dAlpha, dx)) return channelwisePreluGrad(cx, inputs, dx, dAlpha);
    const { graph } = cx;
    const { names, layout } = align(cx, inputs, dx);
    const [dy, x] = inputs.slice(0, 2).map((value) => cx.get(value, layout));
    const alpha = names[2];
    const rest = graph.node("Sub", [graph.float(1), alpha]);
    const slopes = graph.node("Add", [graph.node("Mul", [isPositive(cx, x), rest]), alpha]);
    const name = graph.node("Mul", [dy, slopes]);
    const rank = dx.shape.length;
    if (`${dAlpha.shape}` === `${dx.shape}`)
      return [
        { name, layout },
        { name: graph.node("Mul", [dy, negativePart(cx, x)]), layout },
      ];
    const broad = [...new Array<number>(rank - dAlpha.shape.length).fill(1), ...dAlpha.shape];
    const axes = orderOf(layout, rank).flatMap((axis, i) => (broad[axis] === dx.shape[axis] ? [] : [i]));
    const shape = physicalShape(dx.shape, layout);
    const sums = cx.reshape(
      sumProducts(cx, [dy, negativePart(cx, x)], shape, axes),
      shape.map((size, i) => (axes.includes(i) ? 1 : size)),
    );
    const plain = cx.transpose(sums, transposition(layout, undefined, rank));
    return [{ name, layout }, { name: cx.reshape(plain, dAlpha.shape) }];
  },
};

/** `PreluGrad` with a slope for each channel. */
function channelwisePreluGrad(
  cx: Emitter,
  [dy, x, alpha]: readonly Value[],
  dx: Value,
  dAlpha: Value,
): Lowered[] {
  const { layout } = align(cx, [dy, x], dx);
  const [slope, stored] = [cx.get(dy, layout), cx.get(x, layout)];
  const sums = new Channels(cx, x, layout).sumOfProducts(slope, negativePart(cx, stored));
  return [
    { name: cx.graph.node("Mul", [slope, preluSlopes(cx, x, cx.get(alpha), layout)]), layout },
    { name: cx.reshape(sums, dAlpha.shape) },
  ];
}

/** Lists of `size` values each: `[a0, b0, a1, b1, …]` by 2 is `[[a0, b0], [a1, b1], …]`. */
const inGroups = (values: readonly Value[], size: number): Value[][] =>
  Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));

/**
 * One step of `tf.train.momentum` for any number of variables: `velocity ← momentum · velocity + gradient`,
 * `variable ← variable − rate · velocity`, or with `useNesterov` minus `rate · (gradient + momentum · velocity)`.
 * Arguments: rate and momentum, then variable, velocity and gradient of each; results: variable and velocity of each.
 */
const applyMomentum: OnnxKernel = {
  name: "ApplyMomentum",
  inputs: ["..."],
  groups: ([, , ...values], outputs) =>
    inGroups(outputs, 2).map((results, i) => [...results, ...values.slice(3 * i, 3 * i + 3)]),
  infer: (call) => (allFloats(call) ? call.inputs.slice(2).filter((_, i) => i % 3 < 2) : undefined),
  lower(cx, [rate, momentum, ...values], attrs, outputs) {
    const { graph } = cx;
    return inGroups(values, 3).flatMap((arguments_, i) => {
      const { names, layout } = align(cx, [...arguments_, rate, momentum], outputs[2 * i]);
      const [variable, velocity, gradient] = arguments_.map((value) => cx.get(value, layout));
      const [by, keep] = names.slice(3);
      const moved = graph.node("Add", [graph.node("Mul", [velocity, keep]), gradient]);
      const direction = attrs.useNesterov
        ? graph.node("Add", [gradient, graph.node("Mul", [moved, keep])])
        : moved;
      const name = graph.node("Sub", [variable, graph.node("Mul", [direction, by])]);
      return [
        { name, layout },
        { name: moved, layout },
      ];
    });
  },
};

/** Numbers of a tensor that is small enough to be copied for its sum of squares. */
const SMALL = 2 ** 16;

/** Half the sum of squares of all that a list of tensors holds; of one, what Python calls `tf.nn.l2_loss`. */
const l2Loss: OnnxKernel = {
  name: "L2Loss",
  inputs: ["..."],
  infer: (call) => (allFloats(call) ? { shape: [], dtype: "float32" } : undefined),
  lower(cx, tensors) {
    const { graph } = cx;
    const flat = tensors.map((x) => {
      const size = util.sizeFromShape([...x.shape]);
      const stored = cx.get(x, cx.layoutOf(x));
      return { size, name: x.shape.length === 1 ? stored : cx.reshape(stored, [size]) };
    });
    // Hundreds of small tensors take less time laid behind each other than a node each.
    const [small, large] = [(size: number) => size <= SMALL, (size: number) => size > SMALL].map((fits) =>
      flat.filter(({ size }) => fits(size)),
    );
    const joined = () => ({
      size: small.reduce((sum, { size }) => sum + size, 0),
      name: graph.node(
        "Concat",
        small.map(({ name }) => name),
        { axis: 0 },
      ),
    });
    const sums = [...(small.length > 0 ? [joined()] : []), ...large].map(({ size, name }) =>
      // ReduceSumSquare would add all in one go.
      sumProducts(cx, [name, name], [size], [0]),
    );
    return { name: graph.node("Mul", [graph.node("Sum", sums), graph.float(0.5)]) };
  },
};

/** Gradients of `L2Loss`: the first argument is the scalar dy, the others what the loss is of; results `dy · x`. */
const l2LossGrad: OnnxKernel = {
  name: "L2LossGrad",
  inputs: ["..."],
  groups: ([, ...tensors], outputs) => outputs.map((result, i) => [result, tensors[i]]),
  infer: (call) => (allFloats(call) ? call.inputs.slice(1) : undefined),
  lower: (cx, [dy, ...tensors], _, outputs) =>
    tensors.map((x, i) => {
      const layout = cx.layoutOf(x);
      const name = multipleInLanes(cx, cx.get(x, layout), physicalShape(x.shape, layout), cx.get(dy));
      return name ? { name, layout } : elementwise(cx, "Mul", [x, dy], outputs[i]);
    }),
};

export const trainingKernels: readonly OnnxKernel[] = [
  batchNormTraining,
  batchNormTrainingGrad,
  preluGrad,
  applyMomentum,
  l2Loss,
  l2LossGrad,
];
