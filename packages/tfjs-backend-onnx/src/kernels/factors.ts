import { util } from "@tensorflow/tfjs-core";
import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { physicalShape } from "../runtime/layouts.ts";

/*
 * Gradients of convolutions by images and filters are linear in `dy`: a factor for each channel of `dy`, which batch
 * normalisation leaves for later, may as well multiply the filter, or the filter's gradient. Those are mostly smaller.
 */

/** Where a filter `[H, W, in, out]`, or of each channel by itself `[H, W, C, 1]`, has the channels of `dy`. */
function broadShape(filter: Value, dy: Value): readonly number[] | undefined {
  const [, , inChannels, outChannels] = filter.shape;
  const channels = dy.shape[3];
  if (channels === outChannels) return [1, 1, 1, channels];
  return channels === inChannels * outChannels ? [1, 1, inChannels, outChannels] : undefined;
}

/** `dy` without its factor, and that with the shape in which it broadcasts to the filter, if multiplying that and its gradient takes less. */
function taken(cx: Emitter, dy: Value, filter: Value) {
  const shape = broadShape(filter, dy);
  const isSmaller = 2 * util.sizeFromShape([...filter.shape]) < util.sizeFromShape([...dy.shape]);
  const { value, factor } = cx.withoutFactor(dy);
  return factor && shape && isSmaller ? { value, factor, shape } : undefined;
}

/** `dy` and filter, between which the factor of `dy` may change. */
export function factorInFilter(cx: Emitter, dy: Value, filter: Value): [dy: Value, filter: Value] {
  const plain = taken(cx, dy, filter);
  return plain ? [plain.value, cx.multiplied(filter, plain.factor, plain.shape)] : [dy, filter];
}

/** What `gradient` makes of `dy`, the factor of which it may get afterwards. */
export function factorInGradient(
  cx: Emitter,
  dy: Value,
  filter: Value,
  gradient: (dy: Value) => Lowered,
): Lowered {
  const plain = taken(cx, dy, filter);
  if (!plain) return gradient(dy);
  const { name, layout } = gradient(plain.value);
  const by = cx.reshape(plain.factor, physicalShape(plain.shape, layout));
  return { name: cx.graph.node("Mul", [name, by]), layout };
}
