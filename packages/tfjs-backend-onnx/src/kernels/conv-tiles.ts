import { type ConvAxis, winogradSize } from "../compile/winograd.ts";
import type { ConvInfo } from "./conv-form.ts";

/** Outputs that Winograd's form computes at once, along H and W. */
export interface Tiles {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Larger tiles save products and lose digits: the root mean square of a result's error is 5e-7 of the result by
 * plain sums of 128 channels in float32, 1.4e-6 with tiles of 4 and 4e-6 with tiles of 6.
 */
const LARGEST_TILE = 6;

/**
 * Costs in a training step, in multiplications: fitted to measured times, see bench/README.md. `FLOAT`: a number
 * that is written and read; `PACKED`: a filter's number that a product of matrices brings into its own order;
 * `DIRECT`: a multiplication of ONNX's own convolution and its gradients; `BLOCKED`: the same in the processor's own layout.
 */
const FLOAT = 30;
const PACKED = 16;
const DIRECT = { dense: 4.4, strided: 7 };
const BLOCKED = {
  dense: 3.1,
  strided: 4.1,
  float: 16,
};
/**
 * A multiplication in the processor's own layout without gradients, of which Winograd's form then has a third of the
 * cost: times three, so that both compare. It takes two thirds of the time of one in a product of matrices.
 */
const INFERENCE = 2.1;

/**
 * The form that Winograd's competes with: ONNX's own convolution with its gradients, the same in the processor's own layout,
 * or without gradients, where ONNX Runtime brings constant filters into that layout.
 */
export type OtherForm = "direct" | "blocks" | "inference";

/** The tiles with which Winograd's form is fastest; `undefined` where the other form is faster. */
export function fastestTiles(info: ConvInfo, other: OtherForm): Tiles | undefined {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const suits =
    Math.min(filterHeight, filterWidth) > 1 &&
    Math.max(filterHeight, filterWidth) <= 3 &&
    Math.max(strideHeight, strideWidth) <= 2 &&
    Math.max(dilationHeight, dilationWidth) === 1;
  if (!suits) return undefined;
  const isInference = other === "inference";
  let least = { direct: directCost, blocks: blockedCost, inference: inferenceCost }[other](info);
  let best: Tiles | undefined;
  for (let rows = 1; rows <= LARGEST_TILE; rows++) {
    for (let columns = 1; columns <= LARGEST_TILE; columns++) {
      const cost = winogradCost(info, { rows, columns }, isInference);
      if (cost < least) [least, best] = [cost, { rows, columns }];
    }
  }
  return best;
}

const isStrided = (info: ConvInfo) => info.strideHeight * info.strideWidth > 1;

function productsOf(info: ConvInfo): number {
  const { filterHeight, filterWidth, outHeight, outWidth, batchSize, inChannels, outChannels } = info;
  return filterHeight * filterWidth * outHeight * outWidth * batchSize * inChannels * outChannels;
}

const directCost = (info: ConvInfo): number =>
  productsOf(info) * (isStrided(info) ? DIRECT.strided : DIRECT.dense);

const inferenceCost = (info: ConvInfo): number => productsOf(info) * INFERENCE;

/** Passes over images and results around the convolutions: the gradient by the filter takes both in other orders. */
function blockedCost(info: ConvInfo): number {
  const { inHeight, inWidth, outHeight, outWidth, inChannels, outChannels, batchSize } = info;
  const floats = 4 * inHeight * inWidth * inChannels + 3 * outHeight * outWidth * outChannels;
  const each = isStrided(info) ? BLOCKED.strided : BLOCKED.dense;
  return productsOf(info) * each + batchSize * floats * BLOCKED.float;
}

function winogradCost(info: ConvInfo, tiles: Tiles, hasConstantFilter: boolean): number {
  const { inHeight, inWidth, outHeight, outWidth, inChannels, outChannels, batchSize } = info;
  const rows = winogradSize(heightOf(info), tiles.rows);
  const columns = winogradSize(widthOf(info), tiles.columns);
  const [tall, wide] = [rows.tiles * rows.points, columns.tiles * columns.points];
  const pairs = inChannels * outChannels;
  const products = batchSize * tall * wide * 3 * pairs;
  const images = batchSize * tall * wide * (inChannels + outChannels) * 8 * FLOAT;
  const transform = hasConstantFilter ? 0 : 5 * FLOAT;
  const positions = columns.tiles * batchSize;
  const packing = [
    packingCost(rows.tiles, positions, inChannels, outChannels),
    packingCost(rows.tiles, positions, outChannels, inChannels),
  ];
  const filters = rows.points * columns.points * (pairs * transform + packing[0] + packing[1]);
  const there = tall * inWidth * (inHeight + wide);
  const back = outHeight * wide * (tall + outWidth);
  return products + images + filters + 2 * batchSize * (there * inChannels + back * outChannels);
}

/** Of a point's products, between channels `from` and `to`, for `tiles` rows of `positions`. */
function packingCost(tiles: number, positions: number, from: number, to: number): number {
  const together = packsOnce(tiles, positions, from, to, true);
  return from * to * PACKED * (together ? 1 : tiles) + (together ? tiles * positions * to * FLOAT : 0);
}

/**
 * Whether one product for all `tiles` rows, which packs a point's filter once, takes less than one for each of them, though its
 * results must then be brought back into the order of rows.
 *
 * @param isShared Whether the images are wanted in that order anyway.
 */
export function packsOnce(
  tiles: number,
  positions: number,
  from: number,
  to: number,
  isShared: boolean,
): boolean {
  const moved = tiles * positions * (isShared ? to : from + to) * FLOAT;
  return (tiles - 1) * from * to * PACKED > moved;
}

export const heightOf = (info: ConvInfo): ConvAxis => ({
  inSize: info.inHeight,
  outSize: info.outHeight,
  filterSize: info.filterHeight,
  stride: info.strideHeight,
  padding: info.padInfo.top,
});

export const widthOf = (info: ConvInfo): ConvAxis => ({
  inSize: info.inWidth,
  outSize: info.outWidth,
  filterSize: info.filterWidth,
  stride: info.strideWidth,
  padding: info.padInfo.left,
});
