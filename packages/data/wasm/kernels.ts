/*
 * The way from pixels to floats, in AssemblyScript; `bun scripts/build-wasm.ts` compiles it into
 * src/kernels/kernels-wasm.ts. Not TypeScript, though it looks like it: numbers have machine types, and pointers are
 * plain numbers.
 */

/*
 * The bits 0x43800000 + (x << 8) are those of the float 256 + x / 128: one shuffle moves four bytes to their places
 * between constant ones, and one subtraction, which is exact, makes `(x - 127.5) / 128` of them.
 */
// @ts-ignore: decorator
@inline
function bits(): v128 {
  return i32x4.splat(0x43800000);
}

// @ts-ignore: decorator
@inline
function scaled(floats: v128): v128 {
  return f32x4.sub(floats, f32x4.splat(256.99609375));
}

/** `(pixel - 127.5) / 128` of `bytes` bytes at `from`, as float32 at `to`: up to 15 values are written past the last. */
export function toFloat(from: usize, to: usize, bytes: u32): void {
  const end = from + usize(bytes);
  for (; from < end; from += 16, to += 64) {
    const pixels = v128.load(from);
    v128.store(to, scaled(v128.shuffle<u8>(pixels, bits(), 16, 0, 18, 19, 16, 1, 18, 19, 16, 2, 18, 19, 16, 3, 18, 19)));
    v128.store(to, scaled(v128.shuffle<u8>(pixels, bits(), 16, 4, 18, 19, 16, 5, 18, 19, 16, 6, 18, 19, 16, 7, 18, 19)), 16);
    v128.store(to, scaled(v128.shuffle<u8>(pixels, bits(), 16, 8, 18, 19, 16, 9, 18, 19, 16, 10, 18, 19, 16, 11, 18, 19)), 32);
    v128.store(to, scaled(v128.shuffle<u8>(pixels, bits(), 16, 12, 18, 19, 16, 13, 18, 19, 16, 14, 18, 19, 16, 15, 18, 19)), 48);
  }
}

/**
 * The same with left and right swapped in rows of `stride` bytes, four pixels at a time from a row's end. Where a row
 * is no multiple of four, up to 9 values are written past its end, which the next row overwrites, and up to 9 bytes
 * before it are read.
 */
export function toMirroredFloat(from: usize, to: usize, bytes: u32, stride: u32): void {
  const end = from + usize(bytes);
  for (let row = from; row < end; row += usize(stride), to += usize(stride) * 4) {
    let into = to;
    for (let at = row + usize(stride); at > row; into += 48) {
      at -= 12;
      const pixels = v128.load(at);
      v128.store(into, scaled(v128.shuffle<u8>(pixels, bits(), 16, 9, 18, 19, 16, 10, 18, 19, 16, 11, 18, 19, 16, 6, 18, 19)));
      v128.store(into, scaled(v128.shuffle<u8>(pixels, bits(), 16, 7, 18, 19, 16, 8, 18, 19, 16, 3, 18, 19, 16, 4, 18, 19)), 16);
      v128.store(into, scaled(v128.shuffle<u8>(pixels, bits(), 16, 5, 18, 19, 16, 0, 18, 19, 16, 1, 18, 19, 16, 2, 18, 19)), 32);
    }
  }
}
