/*
 * Resampling by area in AssemblyScript, which compiles to WebAssembly with 128-bit vectors: as fast in every runtime.
 * `bun scripts/build-wasm.ts` compiles it into src/warp/resample-wasm.ts. Not TypeScript, though it looks like it:
 * numbers have machine types, and pointers are plain numbers.
 */

/** Fractions of a pixel up to this are taken for rounding, as OpenCV's `INTER_AREA` does. */
const SLIVER: f64 = 1e-3;

/**
 * Taps of one axis, written from `base` on: for each of `target` samples three 32-bit numbers (the first source
 * sample, where its weights begin, how many they are), then the float32 weights.
 *
 * Shrinking averages by area: every target sample is the mean of the stretch of source samples that it covers, those
 * at its two ends counted by the part that is covered. Otherwise OpenCV's stretching: linear between two neighbours,
 * the blend confined to the samples that straddle their border.
 *
 * @returns The first address behind the taps.
 */
function writeTaps(base: usize, source: i32, target: i32, shrinks: bool): usize {
  const scale = f64(source) / f64(target);
  let weight = base + usize(target) * 12;
  for (let t = 0; t < target; t++) {
    const entry = base + usize(t) * 12;
    const start = weight;
    let first: i32;
    if (shrinks) {
      const begin = f64(t) * scale;
      const width = min(scale, f64(source) - begin);
      const last = min(i32(floor(begin + scale)), source - 1);
      const whole = min(i32(ceil(begin)), last);
      first = whole;
      if (f64(whole) - begin > SLIVER) {
        first = whole - 1;
        store<f32>(weight, f32((f64(whole) - begin) / width));
        weight += 4;
      }
      for (let s = whole; s < last; s++) {
        store<f32>(weight, f32(1 / width));
        weight += 4;
      }
      const rest = begin + scale - f64(last);
      if (rest > SLIVER) {
        store<f32>(weight, f32(min(min(rest, 1), width) / width));
        weight += 4;
      }
    } else {
      first = min(i32(floor(f64(t) * scale)), source - 1);
      const overlap = f64(t + 1) - f64(first + 1) / scale;
      const blend = first == source - 1 || overlap <= 0 ? 0 : overlap - floor(overlap);
      store<f32>(weight, f32(1 - blend));
      weight += 4;
      if (blend > 0) {
        store<f32>(weight, f32(blend));
        weight += 4;
      }
    }
    store<i32>(entry, first);
    store<u32>(entry, u32(start), 4);
    store<i32>(entry, i32((weight - start) >> 2), 8);
  }
  return (weight + 15) & ~15;
}

/** Bytes of one axis's taps: a target sample has at most ⌈scale⌉ + 1 of them. */
function tapsSize(source: i32, target: i32): i32 {
  return target * 12 + (source + 2 * target + 4) * 4 + 16;
}

/** How many bytes `resample` needs behind `scratch` for a window and a result of these sizes. */
export function scratchSize(width: i32, height: i32, toWidth: i32, toHeight: i32): i32 {
  return tapsSize(width, toWidth) + tapsSize(height, toHeight) + (width * 3 + 32) * 4;
}

const ROUND_HALF_EVEN: i32 = 1;
const ROUND_HALF_UP: i32 = 2;

/**
 * Resamples a window of a photo to rows `begin … end - 1` of `toWidth` × `toHeight`, as `(level - 127.5) / 128` in
 * planes of red, green, blue. What lies outside the photo is black.
 *
 * @param photo Interleaved RGB, `photoWidth · photoHeight · 3` bytes and 16 more that are read and not used.
 * @param rounding 0: levels stay as they are; 1: to whole levels, halves to even; 2: halves up.
 * @param scratch Room of `scratchSize` bytes.
 * @param out Room for `3 · (end - begin) · toWidth` float32.
 */
export function resample(
  photo: usize,
  photoWidth: i32,
  photoHeight: i32,
  left: i32,
  top: i32,
  width: i32,
  height: i32,
  toWidth: i32,
  toHeight: i32,
  begin: i32,
  end: i32,
  rounding: i32,
  scratch: usize,
  out: usize,
): void {
  const shrinks = width >= toWidth && height >= toHeight;
  const rowTaps = scratch;
  const columnTaps = writeTaps(rowTaps, height, toHeight, shrinks);
  const blended = writeTaps(columnTaps, width, toWidth, shrinks);
  // Columns inside the photo, as places in a row of interleaved levels.
  const first = max(0, -left) * 3;
  const last = min(width, photoWidth - left) * 3;
  memory.fill(blended, 0, (width * 3 + 32) * 4);
  const plane = usize((end - begin) * toWidth) * 4;
  for (let y = begin; y < end; y++) {
    const entry = rowTaps + usize(y) * 12;
    blendRows(
      photo,
      photoWidth,
      photoHeight,
      left,
      top + load<i32>(entry),
      load<u32>(entry, 4),
      load<i32>(entry, 8),
      first,
      last,
      blended,
    );
    blendColumns(columnTaps, toWidth, rounding, blended, out + usize((y - begin) * toWidth) * 4, plane);
  }
}

/** Blends photo rows from `top` on into one, sixteen levels at a time. */
function blendRows(
  photo: usize,
  photoWidth: i32,
  photoHeight: i32,
  left: i32,
  top: i32,
  weights: usize,
  count: i32,
  first: i32,
  last: i32,
  blended: usize,
): void {
  const from = max(0, -top);
  const to = min(count, photoHeight - top);
  const stride = photoWidth * 3;
  for (let t = first; t < last; t += 16) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let at = photo + usize((top + from) * stride + left * 3 + t);
    for (let k = from; k < to; k++) {
      const weight = f32x4.splat(load<f32>(weights + usize(k) * 4));
      const levels = v128.load(at);
      const low = i16x8.extend_low_i8x16_u(levels);
      const high = i16x8.extend_high_i8x16_u(levels);
      a = f32x4.add(a, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low))));
      b = f32x4.add(b, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low))));
      c = f32x4.add(c, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high))));
      d = f32x4.add(d, f32x4.mul(weight, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high))));
      at += usize(stride);
    }
    const to16 = blended + usize(t) * 4;
    v128.store(to16, a);
    v128.store(to16, b, 16);
    v128.store(to16, c, 32);
    v128.store(to16, d, 48);
  }
  // What the last sixteen wrote too much lies outside the photo.
  if (last > first) memory.fill(blended + usize(last) * 4, 0, 60);
}

function blendColumns(
  taps: usize,
  width: i32,
  rounding: i32,
  blended: usize,
  out: usize,
  plane: usize,
): void {
  const middle = f32x4.splat(127.5);
  const unit = f32x4.splat(0.0078125);
  for (let x = 0; x < width; x++) {
    const entry = taps + usize(x) * 12;
    let at = blended + usize(load<i32>(entry)) * 12;
    let weight = usize(load<u32>(entry, 4));
    let rgb = f32x4.splat(0);
    for (let k = load<i32>(entry, 8); k > 0; k--) {
      rgb = f32x4.add(rgb, f32x4.mul(f32x4.splat(load<f32>(weight)), v128.load(at)));
      at += 12;
      weight += 4;
    }
    if (rounding == ROUND_HALF_EVEN) rgb = f32x4.nearest(rgb);
    else if (rounding == ROUND_HALF_UP) rgb = f32x4.floor(f32x4.add(rgb, f32x4.splat(0.5)));
    rgb = f32x4.mul(f32x4.sub(rgb, middle), unit);
    const to = out + usize(x) * 4;
    store<f32>(to, f32x4.extract_lane(rgb, 0));
    store<f32>(to + plane, f32x4.extract_lane(rgb, 1));
    store<f32>(to + 2 * plane, f32x4.extract_lane(rgb, 2));
  }
}
