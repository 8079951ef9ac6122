/*
 * Checksums and the way from pixels to floats, in AssemblyScript; `bun scripts/build-wasm.ts` compiles it into
 * src/kernels/kernels-wasm.ts. Not TypeScript, though it looks like it: numbers have machine types, and pointers are
 * plain numbers.
 */

/** What the byte of `word` at `shift` contributes to a checksum `later` bytes on: table `later` lies at 1024 · later. */
// @ts-ignore: decorator
@inline
function contribution(word: u32, shift: u32, later: usize): u32 {
  return load<u32>(usize(((word >> shift) & 255) << 2) + later * 1024);
}

/** The same for the four bytes of a word, the last of them `later` bytes before the end. */
// @ts-ignore: decorator
@inline
function contributions(word: u32, later: usize): u32 {
  return (
    contribution(word, 0, later + 3) ^
    contribution(word, 8, later + 2) ^
    contribution(word, 16, later + 1) ^
    contribution(word, 24, later)
  );
}

/** CRC-32C of `bytes` bytes at `at`, going on from `crc`; the caller inverts it before and after. */
export function crc32c(crc: u32, at: usize, bytes: u32): u32 {
  let end = at + usize(bytes & ~15);
  for (; at < end; at += 16) {
    crc =
      contributions(crc ^ load<u32>(at), 12) ^
      contributions(load<u32>(at, 4), 8) ^
      contributions(load<u32>(at, 8), 4) ^
      contributions(load<u32>(at, 12), 0);
  }
  end += usize(bytes & 15);
  for (; at < end; at++) crc = (crc >> 8) ^ contribution(crc ^ load<u8>(at), 0, 0);
  return crc;
}

/** Four of the sixteen-bit numbers as `(x - 127.5) / 128`. */
// @ts-ignore: decorator
@inline
function scaled(numbers: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.convert_i32x4_u(numbers), f32x4.splat(127.5)), f32x4.splat(0.0078125));
}

/** `(pixel - 127.5) / 128` of `bytes` bytes at `from`, as float32 at `to`: up to 15 values are written past the last. */
export function toFloat(from: usize, to: usize, bytes: u32): void {
  const end = from + usize(bytes);
  for (; from < end; from += 16, to += 64) {
    const pixels = v128.load(from);
    const low = i16x8.extend_low_i8x16_u(pixels);
    const high = i16x8.extend_high_i8x16_u(pixels);
    v128.store(to, scaled(i32x4.extend_low_i16x8_u(low)));
    v128.store(to, scaled(i32x4.extend_high_i16x8_u(low)), 16);
    v128.store(to, scaled(i32x4.extend_low_i16x8_u(high)), 32);
    v128.store(to, scaled(i32x4.extend_high_i16x8_u(high)), 48);
  }
}

/**
 * Swaps left and right of `bytes` bytes of pixels at `from`, in rows of `stride` bytes, into `to`. A pixel's three
 * bytes move as four, of which the next pixel overwrites the last; one byte past the end is lost.
 */
export function mirror(from: usize, to: usize, bytes: u32, stride: u32): void {
  const end = from + usize(bytes);
  for (let row = from; row < end; row += usize(stride)) {
    for (let at = row + usize(stride); at > row; to += 3) {
      at -= 3;
      store<u32>(to, load<u32>(at));
    }
  }
}
