import type { Emitter, Value } from "../lazy/kernel.ts";
import { CBHW, type Layout, NCHW, orderOf, physicalShape, sameLayout } from "../runtime/layouts.ts";
import { sumInStages } from "./staged-sum.ts";

/** Images or vectors with a statistic a channel, the last axis. */
export class Channels {
  readonly layout: Layout;
  /** Axes in memory that a statistic goes over. */
  readonly others: readonly number[];
  /** Numbers a channel. */
  readonly count: number;
  readonly #cx: Emitter;
  readonly #shape: readonly number[];
  readonly #axis: number;

  constructor(cx: Emitter, x: Value, layout: Layout = cx.layoutOf(x)) {
    const { shape } = x;
    this.#cx = cx;
    this.#shape = shape;
    this.layout = layout;
    this.#axis = orderOf(this.layout, shape.length).indexOf(shape.length - 1);
    this.others = shape.map((_, i) => i).filter((i) => i !== this.#axis);
    this.count = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  }

  /** A vector `[C]` in a form that broadcasts against the images. */
  spread(vector: string): string {
    if (this.#axis === this.#shape.length - 1) return vector;
    const sizes = this.#shape.map((_, i) => (i === this.#axis ? (this.#shape.at(-1) as number) : 1));
    return this.#cx.reshape(vector, sizes);
  }

  sum(x: string): string {
    return sumInStages(this.#cx, x, physicalShape(this.#shape, this.layout), this.others);
  }

  mean(x: string): string {
    const { graph } = this.#cx;
    return graph.node("Mul", [this.sum(x), graph.float(1 / this.count)]);
  }

  /** `x − vector`, channel by channel. */
  less(x: string, vector: string): string {
    return this.#cx.graph.node("Sub", [x, this.spread(vector)]);
  }

  /** `(x − mean) · scale / √(variance + ε) + offset`. */
  normalize(
    x: string,
    scale: string,
    offset: string,
    mean: string,
    variance: string,
    epsilon: number,
  ): string {
    const { graph } = this.#cx;
    const normalized = (images: string) =>
      graph.node("BatchNormalization", [images, scale, offset, mean, variance], {
        epsilon: { float: epsilon },
      });
    if (sameLayout(this.layout, NCHW)) return normalized(x);
    if (sameLayout(this.layout, CBHW)) {
      const shape = physicalShape(this.#shape, CBHW);
      return this.#cx.reshape(normalized(this.#cx.reshape(x, [1, shape[0], this.count])), shape);
    }
    const deviation = graph.node("Sqrt", [graph.node("Add", [variance, graph.float(epsilon)])]);
    const factor = graph.node("Div", [scale, deviation]);
    const shift = graph.node("Sub", [offset, graph.node("Mul", [mean, factor])]);
    return this.affine(x, factor, shift);
  }

  /** `x · factor + shift`. */
  affine(x: string, factor: string, shift: string): string {
    const { graph } = this.#cx;
    return graph.node("Add", [graph.node("Mul", [x, this.spread(factor)]), this.spread(shift)]);
  }
}
