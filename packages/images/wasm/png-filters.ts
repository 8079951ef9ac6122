/*
 * Undoes the filters of a PNG (specification, 9.2), in AssemblyScript; `bun scripts/build-wasm.ts` compiles it into
 * src/png-filters-wasm.ts. Not TypeScript, though it looks like it: numbers have machine types, and pointers are plain
 * numbers. A pixel lies in four bytes of a vector, of which the fourth means nothing.
 */

const SUB: u8 = 1;
const UP: u8 = 2;
const AVERAGE: u8 = 3;
const PAETH: u8 = 4;

/**
 * Which of left (a), above (b) and above left (c) is nearest to a + b - c, in bytes. With c confined to the range from a
 * to b the answer is the same, and the distances are b - c, a - c and their difference: a is nearest where twice the
 * first is no more than the second, b where twice the second is no more than the first.
 */
// @ts-ignore: decorator
@inline
function nearest(a: v128, b: v128, c: v128): v128 {
  const low = i8x16.min_u(a, b);
  const high = i8x16.max_u(a, b);
  const between = i8x16.max_u(i8x16.min_u(c, high), low);
  const byLeft = i8x16.sub(i8x16.max_u(b, between), i8x16.min_u(b, between));
  const byAbove = i8x16.sub(i8x16.max_u(a, between), i8x16.min_u(a, between));
  const isLeft = i8x16.le_u(i8x16.add_sat_u(byLeft, byLeft), byAbove);
  const isAbove = i8x16.le_u(i8x16.add_sat_u(byAbove, byAbove), byLeft);
  return v128.bitselect(a, v128.bitselect(b, c, isAbove), isLeft);
}

// @ts-ignore: decorator
@inline
function storePixel(to: usize, pixel: u32): void {
  store<u16>(to, u16(pixel));
  store<u8>(to, u8(pixel >> 16), 2);
}

/** Undoes one row; up to 16 bytes past it are read, and up to 15 past the result's written. */
function undoRow(filter: u8, from: usize, above: usize, to: usize, stride: usize): void {
  if (filter == 0) {
    memory.copy(to, from, stride);
    return;
  }
  const end = to + stride;
  if (filter == UP) {
    for (; to < end; to += 16, from += 16, above += 16) {
      v128.store(to, i8x16.add(v128.load(from), v128.load(above)));
    }
    return;
  }
  let left = i32x4.splat(0);
  let corner = left;
  for (; to < end; to += 3, from += 3, above += 3) {
    const difference = v128.load32_zero(from);
    if (filter == SUB) left = i8x16.add(difference, left);
    else {
      const top = v128.load32_zero(above);
      if (filter == AVERAGE) {
        // The vectors' mean rounds up, the filter's down.
        const odd = v128.and(v128.xor(left, top), i8x16.splat(1));
        left = i8x16.add(difference, i8x16.sub(i8x16.avgr_u(left, top), odd));
      } else left = i8x16.add(difference, nearest(left, top, corner));
      corner = top;
    }
    v128.store32_lane(to, left, 0);
  }
}

/** Pixels of four rows whose numbers are `at`, `at - 1`, `at - 2` and `at - 3`. */
// @ts-ignore: decorator
@inline
function diagonal(from: usize, step: usize): v128 {
  let pixels = v128.load32_zero(from);
  pixels = v128.load32_lane(from + step, pixels, 1);
  pixels = v128.load32_lane(from + step * 2, pixels, 2);
  return v128.load32_lane(from + step * 3, pixels, 3);
}

/**
 * Undoes four rows by Paeth at once, each a pixel behind the one above it: what is above and to the left of a row's
 * pixel is then what the row above it had as its last two. `width` must be at least four.
 */
function undoFourPaeth(from: usize, above: usize, to: usize, stride: usize): void {
  const width = i32(stride / 3);
  // From a pixel to that of the next row and the column before.
  const read = stride + 1 - 3;
  const write = stride - 3;
  let left = i32x4.splat(0);
  let corner = left;
  for (let at = 0; at < width + 3; at++, from += 3, above += 3, to += 3) {
    // Above the first row lies an earlier one, above the others what was made in the last step.
    const top = v128.load32_lane(above, v128.shuffle<u8>(left, left, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 0);
    left = i8x16.add(diagonal(from, read), nearest(left, top, corner));
    corner = top;
    if (at >= 3 && at < width) {
      storePixel(to, i32x4.extract_lane(left, 0));
      storePixel(to + write, i32x4.extract_lane(left, 1));
      storePixel(to + write * 2, i32x4.extract_lane(left, 2));
      storePixel(to + write * 3, i32x4.extract_lane(left, 3));
      continue;
    }
    // The corners of the parallelogram: outside the rows nothing is written, and zeros are to the left.
    if (at < width) storePixel(to, i32x4.extract_lane(left, 0));
    if (at >= 1 && at <= width) storePixel(to + write, i32x4.extract_lane(left, 1));
    if (at >= 2 && at <= width + 1) storePixel(to + write * 2, i32x4.extract_lane(left, 2));
    if (at >= 3) storePixel(to + write * 3, i32x4.extract_lane(left, 3));
    if (at < 3) left = v128.and(left, i32x4.le_s(i32x4(0, 1, 2, 3), i32x4.splat(at)));
  }
}

/**
 * @param from `height` rows of a byte that names the filter and `stride` bytes, 16 more that are read and not used, and
 *   `stride` zeros before them.
 * @param to Room for `height` rows of `stride` bytes and 15 more.
 * @returns Whether all filters are known.
 */
export function undoFilters(from: usize, to: usize, stride: usize, height: i32): bool {
  let above = from - stride;
  for (let y = 0; y < height; ) {
    const next = stride + 1;
    const filter = load<u8>(from);
    if (filter > PAETH) return false;
    if (
      filter == PAETH &&
      y + 4 <= height &&
      stride >= 12 &&
      load<u8>(from + next) == PAETH &&
      load<u8>(from + next * 2) == PAETH &&
      load<u8>(from + next * 3) == PAETH
    ) {
      undoFourPaeth(from + 1, above, to, stride);
      above = to + stride * 3;
      to += stride * 4;
      from += next * 4;
      y += 4;
    } else {
      undoRow(filter, from + 1, above, to, stride);
      above = to;
      to += stride;
      from += next;
      y++;
    }
  }
  return true;
}
