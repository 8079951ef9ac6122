import type { Emitter } from "../lazy/kernel.ts";

/**
 * Numbers beside each other in memory that one node adds up. ONNX Runtime adds in float32, one number after the other in
 * some sixteen lanes: of ten million like numbers that loses one hundredth, in blocks of 128 less than a millionth.
 */
const BLOCK = 128;
/** The same for numbers that lie apart, which are added in one lane. */
const ROWS = 64;
/**
 * Products that one matrix product adds up: as it starts anew for each, fewer take longer than two passes. Of like numbers
 * that loses some millionths, of those with deviations far less.
 */
const MOST_PRODUCTS = 2048;
const FEWEST_PRODUCTS = 256;

/** Neighbouring axes in memory, all of which are added up or none. */
interface AxisGroup {
  readonly size: number;
  readonly isSummed: boolean;
}

/** Whether a sum over axes adds up so many numbers that one node would lose digits. */
export function needsStages(shape: readonly number[], axes: readonly number[]): boolean {
  const count = axes.reduce((product, axis) => product * shape[axis], 1);
  return count > (axes.includes(shape.length - 1) ? BLOCK : ROWS);
}

/**
 * The sum of float32 numbers over axes of their memory: blocks first, and then the sums of blocks.
 *
 * @returns The name of a tensor without these axes.
 */
export function sumInStages(
  cx: Emitter,
  x: string,
  shape: readonly number[],
  axes: readonly number[],
): string {
  const { graph } = cx;
  let groups = grouped(shape, axes);
  const kept = keptSizes(shape, axes);
  if (lastSummed(groups) < 0) return cx.reshape(x, kept);
  let name = x;
  for (let i = lastSummed(groups); i >= 0; i = lastSummed(groups)) {
    const { size } = groups[i];
    const blocks = blocksOf(size, i === groups.length - 1 ? BLOCK : ROWS);
    const together = blocks.reduce((product, block) => product * block, 1);
    const left = Math.ceil(size / together);
    const [before, after] = [groups.slice(0, i), groups.slice(i + 1)].map((list) =>
      list.map(({ size }) => size),
    );
    const zeros = left * together - size;
    if (zeros > 0) name = padded(cx, name, [...before, size, ...after], i, zeros);
    const outer = left > 1 ? [...before, left] : before;
    name = cx.reshape(name, [...outer, ...blocks, ...after]);
    for (let axis = outer.length + blocks.length - 1; axis >= outer.length; axis--)
      name = graph.node("ReduceSum", [name, graph.ints([axis])], { keepdims: 0 });
    groups = merged(groups.with(i, { size: left, isSummed: left > 1 }));
  }
  return asKept(cx, name, groups, kept);
}

/** A sum of what is left of groups, in the shape asked for. */
function asKept(cx: Emitter, sum: string, groups: readonly AxisGroup[], kept: readonly number[]): string {
  return `${groups.map(({ size }) => size)}` === `${kept}` ? sum : cx.reshape(sum, kept);
}

/** Products that each lane of the processor's own layout adds up one after the other. */
const LANE = 128;

/**
 * The sum of products of two tensors that lie in memory alike, over axes of their memory; on the processor without writing
 * the products where the last axes are summed.
 *
 * @returns The name of a tensor without these axes.
 */
export function sumProducts(
  cx: Emitter,
  [a, b]: readonly [string, string],
  shape: readonly number[],
  axes: readonly number[],
): string {
  const groups = grouped(shape, axes);
  const last = groups.at(-1);
  const sums = last?.isSummed
    ? (productsInLanes(cx, [a, b], shape, last.size) ?? productsInRows(cx, [a, b], last.size))
    : undefined;
  if (!last || !sums) return sumInStages(cx, cx.graph.node("Mul", [a, b]), shape, axes);
  const left = [...groups.slice(0, -1), { size: sums.count, isSummed: true }];
  const summed = left.flatMap(({ isSummed }, i) => (isSummed ? [i] : []));
  const sum = sumInStages(
    cx,
    sums.name,
    left.map(({ size }) => size),
    summed,
  );
  return asKept(
    cx,
    sum,
    left.filter(({ isSummed }) => !isSummed),
    keptSizes(shape, axes),
  );
}

/** Sums of products, of which `count` are left of each row. */
interface RowSums {
  readonly name: string;
  readonly count: number;
}

/**
 * Neighbours in memory taken for channels of images in blocks: a convolution of each by itself with a filter as large as the
 * image multiplies and adds them up, in half of the time of a matrix product.
 */
function productsInLanes(
  cx: Emitter,
  [a, b]: readonly [string, string],
  shape: readonly number[],
  size: number,
): RowSums | undefined {
  const { blockSize } = cx;
  const length = blockSize > 0 && size % blockSize === 0 ? blockOf(size / blockSize, LANE) : size;
  if (size % (length * blockSize) !== 0) return undefined;
  const group = shape.reduce((product, size) => product * size, 1) / length;
  const images = cx.reshape(a, [1, group, 1, length]);
  const filters = cx.reshape(b, [group, 1, 1, length]);
  const name = cx.graph.node("com.microsoft.nchwc.Conv", [images, filters], {
    kernel_shape: [1, length],
    group,
  });
  return { name, count: size / length };
}

/** A matrix product for each row of at most `MOST_PRODUCTS`. */
function productsInRows(cx: Emitter, factors: readonly [string, string], size: number): RowSums | undefined {
  const block = blockOf(size, MOST_PRODUCTS);
  if (!cx.onProcessor || block < FEWEST_PRODUCTS || size % block > 0) return undefined;
  const rows = factors.map((name) => cx.reshape(name, [-1, 1, block]));
  return {
    name: cx.graph.node("com.microsoft.FusedMatMul", rows, { transB: 1 }),
    count: size / block,
  };
}

const keptSizes = (shape: readonly number[], axes: readonly number[]) =>
  shape.filter((_, axis) => !axes.includes(axis));

/** The largest divisor up to `most`; `most` itself where all divisors are much smaller. */
function blockOf(size: number, most: number): number {
  for (let block = Math.min(size, most); block * 8 >= most || block === size; block--)
    if (size % block === 0) return block;
  return most;
}

/** Into which blocks so many numbers split, the last of which is added up first: as far as they do without a rest, or one stage. */
function blocksOf(size: number, most: number): number[] {
  const blocks: number[] = [];
  for (let left = size; left > 1; left /= blocks[0]) {
    const block = blockOf(left, most);
    if (left % block > 0) return blocks.length > 0 ? blocks : [block];
    blocks.unshift(block);
  }
  return blocks;
}

function padded(cx: Emitter, x: string, shape: readonly number[], axis: number, zeros: number): string {
  const flat = cx.reshape(x, shape);
  const pads = [...shape.map(() => 0), ...shape.map((_, i) => (i === axis ? zeros : 0))];
  return cx.graph.node("Pad", [flat, cx.graph.ints(pads)]);
}

const lastSummed = (groups: readonly AxisGroup[]) => groups.findLastIndex(({ isSummed }) => isSummed);

const grouped = (shape: readonly number[], axes: readonly number[]): AxisGroup[] =>
  merged(shape.map((size, axis) => ({ size, isSummed: axes.includes(axis) && size > 1 })));

/** Joins neighbours of one kind; axes of one number, of which nothing is left, join any. */
function merged(groups: readonly AxisGroup[]): AxisGroup[] {
  const joined: AxisGroup[] = [];
  for (const { size, isSummed } of groups) {
    const last = joined.at(-1);
    if (size === 1) continue;
    if (last?.isSummed === isSummed) joined[joined.length - 1] = { size: last.size * size, isSummed };
    else joined.push({ size, isSummed });
  }
  return joined;
}
