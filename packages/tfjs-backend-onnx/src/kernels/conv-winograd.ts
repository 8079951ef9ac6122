import { kronecker, type Matrix, transposed, type WinogradAxis, winogradAxis } from "../compile/winograd.ts";
import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { HWBC } from "../runtime/layouts.ts";
import { type ConvForm, type ConvInfo, padsOf } from "./conv-form.ts";
import { heightOf, packsOnce, type Tiles, widthOf } from "./conv-tiles.ts";

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

/**
 * Two names for the product of two matrices: ONNX Runtime would make one of two equal nodes, and so keep what the
 * backward pass is to compute once more.
 */
type Product = "MatMul" | "Gemm";

const backward = (cx: Emitter): Product => (cx.recompute ? "Gemm" : "MatMul");

/** Winograd's form of a convolution without dilations and of its gradients, for tiles of these outputs. */
export function winogradForm(info: ConvInfo, tiles: Tiles): ConvForm {
  const plan = planOf(info, tiles);
  return {
    layouts: [HWBC, undefined, HWBC],
    forward(cx, x, filter, bias) {
      // ONNX Runtime runs what was added last first: the filter's transform right before its use, not all at the start.
      const transformed = weights(cx, filter, plan, "MatMul");
      const transformedImage = image(cx, x, plan, "MatMul");
      const products = pointProducts(cx, transformedImage, transformed, plan, "forward");
      const columns = transposed(byPoint(plan.columns, transposed(plan.columns.output)));
      const name = back(cx, products, plan.rows.output, columns, info.outChannels, plan);
      return { name: bias ? cx.graph.node("Add", [name, bias]) : name, layout: HWBC };
    },
    // The adjoint of every step, backwards.
    inputGradient(cx, dy, filter) {
      const transformed = weights(cx, filter, plan, backward(cx));
      const products = pointProducts(cx, gradient(cx, dy, plan), transformed, plan, "backward");
      const columns = transposed(byPoint(plan.columns, plan.columns.input));
      const name = back(cx, products, transposed(plan.rows.input), columns, info.inChannels, plan);
      return { name, layout: HWBC };
    },
    filterGradient: (cx, x, dy) => filterGradient(cx, x, dy, plan),
  };
}

function planOf(info: ConvInfo, tiles: Tiles): Plan {
  const rows = winogradAxis(heightOf(info), tiles.rows);
  const columns = winogradAxis(widthOf(info), tiles.columns);
  const key = [info.inShape, info.outShape, info.filterShape, padsOf(info), tiles.rows, tiles.columns].join(
    ";",
  );
  return { info, key, rows, columns, points: rows.points * columns.points };
}

/** Gradient by the convolution's filter, `[H, W, in, out]`. */
function filterGradient(cx: Emitter, x: Value, dy: Value, plan: Plan): Lowered {
  const { graph } = cx;
  const { inChannels, outChannels, filterHeight, filterWidth } = plan.info;
  const products = graph.node(
    "com.microsoft.FusedMatMul",
    [
      pointsFirst(cx, image(cx, x, plan, backward(cx)), inChannels, plan),
      pointsFirst(cx, gradient(cx, dy, plan), outChannels, plan),
    ],
    { transA: 1 },
  );
  const taps = matrix(cx, transposed(kronecker(plan.rows.filter, plan.columns.filter)));
  const name = graph.node("MatMul", [taps, cx.reshape(products, [plan.points, inChannels * outChannels])]);
  return { name: cx.reshape(name, [filterHeight, filterWidth, inChannels, outChannels]) };
}

/** The products of each point's images, or `dy` on the way backward, and filter: `[tiles of H, points, tiles of W · B, C]`. */
function pointProducts(
  cx: Emitter,
  images: string,
  filters: string,
  plan: Plan,
  way: "forward" | "backward",
): string {
  const { rows, columns, points, info } = plan;
  const { inChannels, outChannels, batchSize } = info;
  const isForward = way === "forward";
  const [from, to] = isForward ? [inChannels, outChannels] : [outChannels, inChannels];
  const opType = isForward ? "MatMul" : "com.microsoft.FusedMatMul";
  const multiply = (factor: string) =>
    cx.graph.node(opType, [factor, filters], isForward ? {} : { transB: 1 });
  const positions = columns.tiles * batchSize;
  // The gradient by the filter takes both in that order.
  const isShared = cx.hasGradients && !(isForward && cx.recompute);
  if (!cx.onProcessor || !packsOnce(rows.tiles, positions, from, to, isShared)) return multiply(images);
  const together = multiply(pointsFirst(cx, images, from, plan));
  const name = swappedPieces(cx, together, points, rows.tiles, positions * to);
  return cx.reshapeUnseen(name, [rows.tiles, points, positions, to]);
}

/** What was transformed as `[points, positions, channels]`. */
function pointsFirst(cx: Emitter, name: string, channels: number, plan: Plan): string {
  const { rows, columns, points, info } = plan;
  const wide = columns.tiles * info.batchSize;
  const shape = [points, rows.tiles * wide, channels];
  if (rows.tiles === 1) return cx.reshapeUnseen(name, shape);
  if (!cx.onProcessor) return cx.reshapeUnseen(cx.transpose(name, [1, 0, 2, 3]), shape);
  const pieces = cx.once(`points first ${name}`, () =>
    swappedPieces(cx, name, rows.tiles, points, wide * channels),
  );
  return cx.reshapeUnseen(pieces, shape);
}

/** `[rows, columns, size]` as `[columns · rows, size]`: Transpose works on one thread. */
function swappedPieces(cx: Emitter, name: string, rows: number, columns: number, size: number): string {
  const places = Array.from(
    { length: rows * columns },
    (_, i) => (i % rows) * columns + Math.floor(i / rows),
  );
  const pieces = cx.reshapeUnseen(name, [rows * columns, size]);
  return cx.graph.node("Gather", [pieces, cx.graph.ints(places)], { axis: 0 });
}

/** The transformed filter, `[points, in, out]`. */
function weights(cx: Emitter, filter: Value, plan: Plan, product: Product): string {
  const { inChannels, outChannels, filterHeight, filterWidth } = plan.info;
  const taps = cx.reshape(cx.get(filter), [filterHeight * filterWidth, inChannels * outChannels]);
  return cx.once(`winograd filter ${taps} ${plan.key} ${product}`, () => {
    const factors = [matrix(cx, kronecker(plan.rows.filter, plan.columns.filter)), taps];
    return cx.reshape(cx.graph.node(product, factors), [plan.points, inChannels, outChannels]);
  });
}

/** The transformed image. */
function image(cx: Emitter, x: Value, plan: Plan, product: Product): string {
  const { input } = plan.columns;
  return forth(cx, x, plan.rows.input, byPoint(plan.columns, input), plan, product);
}

/** The transformed `dy`, which both gradients start from. */
function gradient(cx: Emitter, dy: Value, plan: Plan): string {
  const columns = byPoint(plan.columns, transposed(plan.columns.output));
  return forth(cx, dy, transposed(plan.rows.output), columns, plan, "MatMul");
}

/** `rows` and `columns` times the two axes of an image. */
function forth(
  cx: Emitter,
  value: Value,
  rows: Matrix,
  columns: Matrix,
  plan: Plan,
  product: Product,
): string {
  const { graph } = cx;
  const [batch, height, width, channels] = value.shape;
  const stored = cx.get(value, HWBC);
  return cx.once(`winograd ${stored} ${plan.key} ${product}`, () => {
    const flat = cx.reshapeUnseen(stored, [height, width * batch * channels]);
    const tall = graph.node(product, [matrix(cx, rows), flat]);
    const planes = cx.reshapeUnseen(tall, [rows.length, width, batch * channels]);
    const both = graph.node("MatMul", [matrix(cx, columns), planes]);
    return cx.reshapeUnseen(both, [plan.rows.tiles, plan.points, plan.columns.tiles * batch, channels]);
  });
}

/** The way back: from the transformed axes to an image `[H, W, B, C]`. */
function back(
  cx: Emitter,
  products: string,
  rows: Matrix,
  columns: Matrix,
  channels: number,
  { info: { batchSize } }: Plan,
): string {
  const { graph } = cx;
  const depth = batchSize * channels;
  const planes = cx.reshapeUnseen(products, [rows[0].length, columns[0].length, depth]);
  const narrow = graph.node("MatMul", [matrix(cx, columns), planes]);
  const flat = cx.reshapeUnseen(narrow, [rows[0].length, columns.length * depth]);
  const name = graph.node("MatMul", [matrix(cx, rows), flat]);
  return cx.reshape(name, [rows.length, columns.length, batchSize, channels]);
}

/** Rows in the order point, tile: all tiles of a point are then one matrix. */
function byPoint({ tiles, points }: WinogradAxis, rows: Matrix): Matrix {
  return Array.from({ length: points * tiles }, (_, i) => rows[(i % tiles) * points + Math.floor(i / tiles)]);
}

function matrix(cx: Emitter, rows: Matrix): string {
  const data = Float32Array.from(rows.flat());
  return cx.once(`matrix ${rows.length} ${data}`, () =>
    cx.graph.constant(data, [rows.length, rows[0].length]),
  );
}
