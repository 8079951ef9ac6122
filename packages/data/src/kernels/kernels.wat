(module
  (memory (export "memory") 1)

  ;; CRC-32C of $n bytes at $at, going on from $crc (inverted before and after by the caller), sixteen bytes
  ;; at a time. The tables fill memory from 0: table k holds at 1024·k what a byte contributes k bytes later.
  (func (export "crc32c") (param $crc i32) (param $at i32) (param $n i32) (result i32)
    (local $end i32) (local $x0 i32) (local $x1 i32) (local $x2 i32) (local $x3 i32)
    (local.set $end (i32.add (local.get $at) (i32.and (local.get $n) (i32.const -16))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $x0 (i32.xor (local.get $crc) (i32.load align=1 (local.get $at))))
      (local.set $x1 (i32.load offset=4 align=1 (local.get $at)))
      (local.set $x2 (i32.load offset=8 align=1 (local.get $at)))
      (local.set $x3 (i32.load offset=12 align=1 (local.get $at)))
      (local.set $crc
        (i32.xor (i32.load offset=15360 (i32.and (i32.shl (local.get $x0) (i32.const 2)) (i32.const 1020)))
        (i32.xor (i32.load offset=14336 (i32.and (i32.shr_u (local.get $x0) (i32.const 6)) (i32.const 1020)))
        (i32.xor (i32.load offset=13312 (i32.and (i32.shr_u (local.get $x0) (i32.const 14)) (i32.const 1020)))
        (i32.xor (i32.load offset=12288 (i32.and (i32.shr_u (local.get $x0) (i32.const 22)) (i32.const 1020)))
        (i32.xor (i32.load offset=11264 (i32.and (i32.shl (local.get $x1) (i32.const 2)) (i32.const 1020)))
        (i32.xor (i32.load offset=10240 (i32.and (i32.shr_u (local.get $x1) (i32.const 6)) (i32.const 1020)))
        (i32.xor (i32.load offset=9216 (i32.and (i32.shr_u (local.get $x1) (i32.const 14)) (i32.const 1020)))
        (i32.xor (i32.load offset=8192 (i32.and (i32.shr_u (local.get $x1) (i32.const 22)) (i32.const 1020)))
        (i32.xor (i32.load offset=7168 (i32.and (i32.shl (local.get $x2) (i32.const 2)) (i32.const 1020)))
        (i32.xor (i32.load offset=6144 (i32.and (i32.shr_u (local.get $x2) (i32.const 6)) (i32.const 1020)))
        (i32.xor (i32.load offset=5120 (i32.and (i32.shr_u (local.get $x2) (i32.const 14)) (i32.const 1020)))
        (i32.xor (i32.load offset=4096 (i32.and (i32.shr_u (local.get $x2) (i32.const 22)) (i32.const 1020)))
        (i32.xor (i32.load offset=3072 (i32.and (i32.shl (local.get $x3) (i32.const 2)) (i32.const 1020)))
        (i32.xor (i32.load offset=2048 (i32.and (i32.shr_u (local.get $x3) (i32.const 6)) (i32.const 1020)))
        (i32.xor (i32.load offset=1024 (i32.and (i32.shr_u (local.get $x3) (i32.const 14)) (i32.const 1020)))
        (i32.load offset=0 (i32.and (i32.shr_u (local.get $x3) (i32.const 22)) (i32.const 1020)))))))))))))))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
    (local.set $end (i32.add (local.get $end) (i32.and (local.get $n) (i32.const 15))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $crc (i32.xor (i32.shr_u (local.get $crc) (i32.const 8)) (i32.load (i32.shl
        (i32.and (i32.xor (local.get $crc) (i32.load8_u (local.get $at))) (i32.const 255)) (i32.const 2)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
    (local.get $crc))

  ;; (pixel - 127.5) / 128 of $n bytes at $from, as float32 at $to, sixteen at a time: up to 15 values are
  ;; written past the last.
  (func (export "toFloat") (param $from i32) (param $to i32) (param $n i32)
    (local $end i32) (local $v v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $from) (local.get $n)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
      (local.set $v (v128.load align=1 (local.get $from)))
      (local.set $low (i16x8.extend_low_i8x16_u (local.get $v)))
      (local.set $high (i16x8.extend_high_i8x16_u (local.get $v)))
      (v128.store offset=0 (local.get $to)
        (f32x4.mul (f32x4.sub (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $low)))
          (v128.const f32x4 127.5 127.5 127.5 127.5)) (v128.const f32x4 0.0078125 0.0078125 0.0078125 0.0078125)))
      (v128.store offset=16 (local.get $to)
        (f32x4.mul (f32x4.sub (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $low)))
          (v128.const f32x4 127.5 127.5 127.5 127.5)) (v128.const f32x4 0.0078125 0.0078125 0.0078125 0.0078125)))
      (v128.store offset=32 (local.get $to)
        (f32x4.mul (f32x4.sub (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $high)))
          (v128.const f32x4 127.5 127.5 127.5 127.5)) (v128.const f32x4 0.0078125 0.0078125 0.0078125 0.0078125)))
      (v128.store offset=48 (local.get $to)
        (f32x4.mul (f32x4.sub (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $high)))
          (v128.const f32x4 127.5 127.5 127.5 127.5)) (v128.const f32x4 0.0078125 0.0078125 0.0078125 0.0078125)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 64)))
      (br $next))))

  ;; Swaps left and right of $n bytes of pixels at $from, in rows of $stride bytes, into $to: three bytes a pixel,
  ;; moved by four, of which the next pixel overwrites the last; one byte past the end is lost.
  (func (export "mirror") (param $from i32) (param $to i32) (param $n i32) (param $stride i32)
    (local $end i32) (local $row i32) (local $at i32)
    (local.set $end (i32.add (local.get $from) (local.get $n)))
    (local.set $row (local.get $from))
    (block $done (loop $rows
      (br_if $done (i32.ge_u (local.get $row) (local.get $end)))
      (local.set $at (i32.add (local.get $row) (local.get $stride)))
      (loop $pixels
        (local.set $at (i32.sub (local.get $at) (i32.const 3)))
        (i32.store align=1 (local.get $to) (i32.load align=1 (local.get $at)))
        (local.set $to (i32.add (local.get $to) (i32.const 3)))
        (br_if $pixels (i32.gt_u (local.get $at) (local.get $row))))
      (local.set $row (i32.add (local.get $row) (local.get $stride)))
      (br $rows)))))
