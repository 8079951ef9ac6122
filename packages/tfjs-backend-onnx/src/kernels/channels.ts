import { scaledBlocks } from "../compile/blocks.ts";
import type { Emitter, Value } from "../lazy/kernel.ts";
import { BLOCKS, CBHW, type Layout, NCHW, orderOf, physicalShape, sameLayout } from "../runtime/layouts.ts";
import { type BlockSizes, sumOfBlocks } from "./block-sums.ts";
import { onesOf, repeatedInLanes } from "./channel-blocks.ts";
import { sumInStages, sumProducts } from "./staged-sum.ts";

/** Images or vectors with a statistic a channel, the last axis. */
export class Channels {
  readonly layout: Layout;
  /** Numbers a channel. */
  readonly count: number;
  readonly #cx: Emitter;
  readonly #shape: readonly number[];
  readonly #axis: number;
  /** Axes in memory that a statistic goes over. */
  readonly #others: readonly number[];
  /** Sizes of images that lie in blocks. */
  readonly #blocks: BlockSizes | undefined;

  constructor(cx: Emitter, x: Value, layout: Layout = cx.layoutInMemory(x)) {
    const { shape } = x;
    this.#cx = cx;
    this.#shape = shape;
    this.layout = layout;
    const isBlocked = sameLayout(layout, BLOCKS);
    this.#axis = orderOf(isBlocked ? NCHW : layout, shape.length).indexOf(shape.length - 1);
    this.#others = shape.map((_, i) => i).filter((i) => i !== this.#axis);
    const [batch, height, width, channels] = shape;
    if (isBlocked) this.#blocks = { batch, channels, positions: height * width };
    this.count = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  }

  /** A vector `[C]` in a form that broadcasts against the images. */
  #spread(vector: string): string {
    if (this.#axis === this.#shape.length - 1) return vector;
    const sizes = this.#shape.map((_, i) => (i === this.#axis ? (this.#shape.at(-1) as number) : 1));
    return this.#cx.reshape(vector, sizes);
  }

  sum(x: string): string {
    if (this.#blocks) return sumOfBlocks(this.#cx, x, this.#blocks);
    return sumInStages(this.#cx, x, physicalShape(this.#shape, this.layout), this.#others);
  }

  /** Σ a·b, channel by channel. */
  sumOfProducts(a: string, b: string): string {
    if (this.#blocks) return sumOfBlocks(this.#cx, a, this.#blocks, b);
    return sumProducts(this.#cx, [a, b], physicalShape(this.#shape, this.layout), this.#others);
  }

  /** What of `sum` is one value's, on average. */
  share(sum: string): string {
    const { graph } = this.#cx;
    return graph.node("Mul", [sum, graph.float(1 / this.count)]);
  }

  /** `x − mean`, channel by channel; once for the forward pass and the gradient, between which `x` need not be kept then. */
  centred(x: string, mean: string): string {
    const { graph } = this.#cx;
    return this.#cx.once(`${x} − ${mean}`, () => {
      if (!this.#blocks) return graph.node("Sub", [x, this.#spread(mean)]);
      return scaledBlocks(this.#cx, x, this.#blocks.channels, [this.ones(), graph.node("Neg", [mean])]);
    });
  }

  /** A vector of ones, `[C]`. */
  ones(): string {
    return onesOf(this.#cx, this.#shape.at(-1) as number);
  }

  /** `√(variance + ε)`. */
  deviation(variance: string, epsilon: number): string {
    const { graph } = this.#cx;
    return graph.node("Sqrt", [graph.node("Add", [variance, graph.float(epsilon)])]);
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
    const factor = graph.node("Div", [scale, this.deviation(variance, epsilon)]);
    const shift = graph.node("Sub", [offset, graph.node("Mul", [mean, factor])]);
    return this.affine(x, factor, shift);
  }

  /** `x · factor + shift`, vectors `[C]`, in one pass where channels do not lie beside each other. */
  affine(x: string, factor: string, shift: string): string {
    const { graph } = this.#cx;
    if (this.#blocks) return scaledBlocks(this.#cx, x, this.#blocks.channels, [factor, shift]);
    const isCBHW = sameLayout(this.layout, CBHW);
    if (!isCBHW && !sameLayout(this.layout, NCHW))
      return graph.node("Add", [graph.node("Mul", [x, this.#spread(factor)]), this.#spread(shift)]);
    const shape = physicalShape(this.#shape, this.layout);
    const channels = this.#shape.at(-1) as number;
    const [batch, positions] = isCBHW ? [1, this.count] : [shape[0], shape[2] * shape[3]];
    if (positions % this.#cx.blockSize === 0)
      return this.#cx.reshape(this.#scaledInLanes(x, factor, shift, { batch, channels, positions }), shape);
    const images = isCBHW ? this.#cx.reshape(x, [1, channels, shape[1] * shape[2], shape[3]]) : x;
    return this.#cx.reshape(this.#scaled(images, factor, shift, channels), shape);
  }

  /**
   * The same of images `[B, C, positions]`, of which neighbours are taken for channels of images in blocks: it takes half of the
   * time of ONNX's own convolution.
   */
  #scaledInLanes(
    x: string,
    factor: string,
    shift: string,
    { batch, channels, positions }: BlockSizes,
  ): string {
    const { graph, blockSize } = this.#cx;
    const group = channels * blockSize;
    const [weights, biases] = [factor, shift].map((vector) =>
      repeatedInLanes(this.#cx, this.#cx.reshape(vector, [channels, 1])),
    );
    const inputs = [
      this.#cx.reshape(x, [batch, group, 1, positions / blockSize]),
      this.#cx.reshape(weights, [group, 1, 1, 1]),
      this.#cx.reshape(biases, [group]),
    ];
    return graph.node("com.microsoft.nchwc.Conv", inputs, { group, kernel_shape: [1, 1] });
  }

  /** The same of images `[B, C, H, W]`: ONNX Runtime's BatchNormalization works on one thread of the processor. */
  #scaled(images: string, factor: string, shift: string, channels: number): string {
    const { graph, onProcessor } = this.#cx;
    if (!onProcessor) {
      const [zeros, ones] = [0, 1].map((value) =>
        graph.constant(new Float32Array(channels).fill(value), [channels]),
      );
      return graph.node("BatchNormalization", [images, factor, shift, zeros, ones], {
        epsilon: { float: 0 },
      });
    }
    const weights = this.#cx.reshape(factor, [channels, 1, 1, 1]);
    return graph.node("Conv", [images, weights, shift], { group: channels, kernel_shape: [1, 1] });
  }
}
