import { HWBC } from "../layouts.ts";
import type { LazyValue } from "../lazy-graph.ts";
import type { Lowered, Lowering } from "../lowering.ts";
import {
  kronecker,
  type Matrix,
  transposed,
  type WinogradAxis,
  winogradAxis,
  winogradSize,
} from "../winograd.ts";
import { type ConvForm, type ConvInfo, padsOf } from "./conv-form.ts";

/**
 * A convolution of images that lie as `[H, W, B, C]`: `y = Oₕ O_w [(Fₕ ⊗ F_w) w ∘ Iₕ I_w x]`. All of it is matrix
 * products, whose matrices also pad and crop. Behind the transforms an image has the axes
 * `[tiles of H, points, tiles of W · B, C]`, where `points` are those of H times those of W.
 */
interface Plan {
  readonly info: ConvInfo;
  readonly key: string;
  readonly rows: WinogradAxis;
  readonly columns: WinogradAxis;
  readonly points: number;
}

/** Outputs a tile along an axis: larger ones save products and lose digits (4: 4e-6 of the largest value). */
const LARGEST_TILE = 4;

/**
 * Costs of a training step's share, in multiplications that are also added: fitted to measured times, see
 * bench/README.md. `FLOAT`: a number that is written and read; `DIRECT`: a product of ONNX's own convolution and of
 * its gradients, which are slower than products of large matrices.
 */
const FLOAT = 30;
const DIRECT = { dense: 4.4, strided: 7 };

/** Winograd's form of a convolution and its gradients; `undefined` where another is faster. */
export function winogradForm(info: ConvInfo): ConvForm | undefined {
  const plan = bestPlan(info);
  if (!plan) return undefined;
  return {
    layouts: [HWBC, undefined, HWBC],
    forward(cx, x, filter, bias) {
      const products = cx.graph.node("MatMul", [image(cx, x, plan), weights(cx, filter, plan)]);
      const columns = transposed(byPoint(plan.columns, transposed(plan.columns.output)));
      const name = back(cx, products, plan.rows.output, columns, info.outChannels, plan);
      return { name: bias ? cx.graph.node("Add", [name, bias]) : name, layout: HWBC };
    },
    // The adjoint of every step, backwards.
    inputGradient(cx, dy, filter) {
      const inputs = [gradient(cx, dy, plan), weights(cx, filter, plan)];
      const products = cx.graph.node("com.microsoft.FusedMatMul", inputs, { transB: 1 });
      const columns = transposed(byPoint(plan.columns, plan.columns.input));
      const name = back(cx, products, transposed(plan.rows.input), columns, info.inChannels, plan);
      return { name, layout: HWBC };
    },
    filterGradient: (cx, x, dy) => filterGradient(cx, x, dy, plan),
  };
}

function bestPlan(info: ConvInfo): Plan | undefined {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const suits =
    Math.min(filterHeight, filterWidth) > 1 &&
    Math.max(filterHeight, filterWidth) <= 3 &&
    Math.max(strideHeight, strideWidth) <= 2 &&
    Math.max(dilationHeight, dilationWidth) === 1;
  if (!suits) return undefined;
  const { inHeight, inWidth, outHeight, outWidth, inChannels, outChannels, batchSize } = info;
  const [top, left] = padsOf(info);
  const height = {
    inSize: inHeight,
    outSize: outHeight,
    filterSize: filterHeight,
    stride: strideHeight,
    padding: top,
  };
  const width = {
    inSize: inWidth,
    outSize: outWidth,
    filterSize: filterWidth,
    stride: strideWidth,
    padding: left,
  };
  const pairs = inChannels * outChannels;
  const direct = strideHeight * strideWidth > 1 ? DIRECT.strided : DIRECT.dense;
  let least = direct * filterHeight * filterWidth * outHeight * outWidth * batchSize * pairs;
  let best: readonly [number, number] | undefined;
  for (let row = 1; row <= LARGEST_TILE; row++) {
    for (let column = 1; column <= LARGEST_TILE; column++) {
      const [rows, columns] = [winogradSize(height, row), winogradSize(width, column)];
      const [tall, wide] = [rows.tiles * rows.points, columns.tiles * columns.points];
      const there = tall * inWidth * (inHeight + wide);
      const back = outHeight * wide * (tall + outWidth);
      const cost =
        batchSize * tall * wide * (3 * pairs + 8 * FLOAT * (inChannels + outChannels)) +
        5 * FLOAT * rows.points * columns.points * pairs +
        2 * batchSize * (there * inChannels + back * outChannels);
      if (cost < least) [least, best] = [cost, [row, column]];
    }
  }
  if (!best) return undefined;
  const [rows, columns] = [winogradAxis(height, best[0]), winogradAxis(width, best[1])];
  const key = [info.inShape, info.outShape, info.filterShape, padsOf(info)].join(";");
  return { info, key, rows, columns, points: rows.points * columns.points };
}

/** Gradient by the convolution's filter, `[H, W, in, out]`. */
function filterGradient(cx: Lowering, x: LazyValue, dy: LazyValue, plan: Plan): Lowered {
  const { graph } = cx;
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth } = plan.info;
  const positions = plan.rows.tiles * plan.columns.tiles * batchSize;
  const pointsFirst = (name: string, channels: number) =>
    cx.reshape(cx.transpose(name, [1, 0, 2, 3]), [plan.points, positions, channels]);
  const products = graph.node(
    "com.microsoft.FusedMatMul",
    [pointsFirst(image(cx, x, plan), inChannels), pointsFirst(gradient(cx, dy, plan), outChannels)],
    { transA: 1 },
  );
  const taps = matrix(cx, transposed(kronecker(plan.rows.filter, plan.columns.filter)));
  const name = graph.node("MatMul", [taps, cx.reshape(products, [plan.points, inChannels * outChannels])]);
  return { name: cx.reshape(name, [filterHeight, filterWidth, inChannels, outChannels]) };
}

/** The transformed filter, `[points, in, out]`. */
function weights(cx: Lowering, filter: LazyValue, plan: Plan): string {
  const { inChannels, outChannels, filterHeight, filterWidth } = plan.info;
  const taps = cx.reshape(cx.get(filter), [filterHeight * filterWidth, inChannels * outChannels]);
  return cx.once(`winograd filter ${taps} ${plan.key}`, () => {
    const product = cx.graph.node("MatMul", [
      matrix(cx, kronecker(plan.rows.filter, plan.columns.filter)),
      taps,
    ]);
    return cx.reshape(product, [plan.points, inChannels, outChannels]);
  });
}

/** The transformed image; kept from the forward pass for the filter's gradient. */
function image(cx: Lowering, x: LazyValue, plan: Plan): string {
  const { input } = plan.columns;
  return forth(cx, x, plan.rows.input, byPoint(plan.columns, input), plan);
}

/** The transformed `dy`, which both gradients start from. */
function gradient(cx: Lowering, dy: LazyValue, plan: Plan): string {
  const columns = byPoint(plan.columns, transposed(plan.columns.output));
  return forth(cx, dy, transposed(plan.rows.output), columns, plan);
}

/** `rows` and `columns` times the two axes of an image. */
function forth(cx: Lowering, value: LazyValue, rows: Matrix, columns: Matrix, plan: Plan): string {
  const { graph } = cx;
  const [batch, height, width, channels] = value.shape;
  const stored = cx.get(value, HWBC);
  return cx.once(`winograd ${stored} ${plan.key}`, () => {
    const flat = cx.reshape(stored, [height, width * batch * channels]);
    const tall = graph.node("MatMul", [matrix(cx, rows), flat]);
    const planes = cx.reshape(tall, [rows.length, width, batch * channels]);
    const both = graph.node("MatMul", [matrix(cx, columns), planes]);
    return cx.reshape(both, [plan.rows.tiles, plan.points, plan.columns.tiles * batch, channels]);
  });
}

/** The way back: from the transformed axes to an image `[H, W, B, C]`. */
function back(
  cx: Lowering,
  products: string,
  rows: Matrix,
  columns: Matrix,
  channels: number,
  { info: { batchSize } }: Plan,
): string {
  const { graph } = cx;
  const depth = batchSize * channels;
  const planes = cx.reshape(products, [rows[0].length, columns[0].length, depth]);
  const narrow = graph.node("MatMul", [matrix(cx, columns), planes]);
  const flat = cx.reshape(narrow, [rows[0].length, columns.length * depth]);
  const name = graph.node("MatMul", [matrix(cx, rows), flat]);
  return cx.reshape(name, [rows.length, columns.length, batchSize, channels]);
}

/** Rows in the order point, tile: all tiles of a point are then one matrix. */
function byPoint({ tiles, points }: WinogradAxis, rows: Matrix): Matrix {
  return Array.from({ length: points * tiles }, (_, i) => rows[(i % tiles) * points + Math.floor(i / tiles)]);
}

function matrix(cx: Lowering, rows: Matrix): string {
  const data = Float32Array.from(rows.flat());
  return cx.once(`matrix ${rows.length} ${data}`, () =>
    cx.graph.constant(data, [rows.length, rows[0].length]),
  );
}
