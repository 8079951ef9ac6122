import { scaledBlocks } from "../compile/blocks.ts";
import type { Attrs, Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { BLOCKS, type Layout, sameLayout } from "../runtime/layouts.ts";
import { Channels } from "./channels.ts";

/** A slope at zero that leads from 0 to 1 within the smallest numbers. */
const STEEP = 3e38;

type Activate = (cx: Emitter, x: string, attrs: Attrs, weights: () => string) => string;

const ACTIVATIONS: Readonly<Record<string, Activate>> = {
  linear: (_, x) => x,
  relu: ({ graph }, x) => graph.node("Relu", [x]),
  relu6: ({ graph }, x) => graph.node("Clip", [x, graph.float(0), graph.float(6)]),
  elu: ({ graph }, x) => graph.node("Elu", [x]),
  sigmoid: ({ graph }, x) => graph.node("Sigmoid", [x]),
  leakyrelu: ({ graph }, x, attrs) =>
    graph.node("LeakyRelu", [x], { alpha: { float: (attrs.leakyreluAlpha ?? 0.2) as number } }),
  prelu: (cx, x, _, weights) => prelu(cx, x, weights()),
};

/** `min(x, 0)`: ONNX Runtime's Min works on one thread. */
export function negativePart(cx: Emitter, x: string): string {
  const { graph } = cx;
  return cx.once(`min(${x}, 0)`, () => graph.node("Clip", [x, graph.float(-Infinity), graph.float(0)]));
}

/**
 * PReLU in training, of images with a slope a channel, lying in `layout`.
 *
 * @param alpha In any form that holds a number a channel.
 */
export function channelwisePrelu(cx: Emitter, x: Value, alpha: string, layout: Layout): string {
  const { graph } = cx;
  const stored = cx.get(x, layout);
  if (!sameLayout(layout, BLOCKS)) return graph.node("Mul", [stored, preluSlopes(cx, x, alpha, layout)]);
  // In the memory of x, which the gradient need not know: x + (α − 1)·min(x, 0).
  const channels = x.shape.at(-1) as number;
  const less = graph.node("Sub", [cx.reshape(alpha, [channels]), graph.float(1)]);
  return cx.added(stored, scaledBlocks(cx, negativePart(cx, stored), channels, [less]));
}

/**
 * What PReLU multiplies `x` by, 1 above 0 and α below; outside blocks once for the activation and its gradient, unless gradients
 * compute anew what takes memory.
 */
export function preluSlopes(cx: Emitter, x: Value, alpha: string, layout: Layout): string {
  const { graph } = cx;
  const stored = cx.get(x, layout);
  const compute = () => {
    const slopes = cx.reshape(alpha, [x.shape.at(-1) as number]);
    if (sameLayout(layout, BLOCKS)) {
      const less = graph.node("Sub", [slopes, graph.float(1)]);
      const isNegative = graph.node("HardSigmoid", [negativePart(cx, stored)], {
        alpha: { float: -STEEP },
        beta: { float: 0 },
      });
      const channels = new Channels(cx, x, layout);
      return channels.affine(isNegative, less, channels.ones());
    }
    const rest = graph.node("Sub", [graph.float(1), slopes]);
    return new Channels(cx, x, layout).affine(isPositive(cx, stored), rest, slopes);
  };
  return cx.recompute ? compute() : cx.once(`slopes ${stored} ${alpha}`, compute);
}

/** 1 above 0 and 0 below it: as fast as ReLU, where a comparison and a cast take four times as long. */
export function isPositive({ graph }: Emitter, x: string): string {
  return graph.node("HardSigmoid", [x], { alpha: { float: STEEP }, beta: { float: 0 } });
}

/** Whether `alpha` has a number a channel, the last axis of `x`. */
export const isChannelwise = (alpha: Value, x: Value) =>
  x.shape.length > 0 &&
  alpha.shape.at(-1) === x.shape.at(-1) &&
  alpha.shape.slice(0, -1).every((size) => size === 1);

/** α·x + (1 - α)·max(x, 0): ONNX Runtime's own PRelu takes three times as long. */
export function prelu({ graph }: Emitter, x: string, alpha: string): string {
  const positive = graph.node("Mul", [graph.node("Relu", [x]), graph.node("Sub", [graph.float(1), alpha])]);
  return graph.node("Add", [graph.node("Mul", [x, alpha]), positive]);
}

/** Whether a fused kernel's activation has an ONNX form here. */
export function canActivate(attrs: Attrs): boolean {
  return ((attrs.activation ?? "linear") as string) in ACTIVATIONS;
}

/** The activation of a fused kernel, whose arguments are `inputs`, on what it has computed so far of `result`. */
export function applyActivation(
  cx: Emitter,
  { name, layout }: Lowered,
  inputs: readonly Value[],
  attrs: Attrs,
  result: Value,
): Lowered {
  const weights = () => {
    const value = inputs[(attrs.given as string[]).indexOf("preluActivationWeights")];
    return cx.operand(value, result.shape.length, layout);
  };
  return { name: ACTIVATIONS[(attrs.activation ?? "linear") as string](cx, name, attrs, weights), layout };
}
