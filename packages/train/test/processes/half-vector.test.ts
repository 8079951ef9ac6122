import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import { decodeSafetensors, encodeSafetensors } from "@amface/nets";
import { decodeHalf, encodeHalf, halfBytes } from "../../src/processes/half-vector.ts";

test("a vector in float16 is what rounding each value over its scale gives", () => {
  const random = new Random("halves");
  const values = Float32Array.from(
    { length: 4000 },
    () => (random.next() - 0.5) * 10 ** (random.int(12) - 6),
  );
  values.set([0, -0, 2 ** -30, 1 + 2 ** -11, 1 + 3 * 2 ** -11]);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = 2 ** (Math.floor(Math.log2(largest)) - 14);
  const data = values.map((value) => value / scale);
  const file = encodeSafetensors([{ name: "x", shape: [data.length], data }], {}, { dtype: "F16" });
  const rounded = decodeSafetensors(Buffer.concat(file), "halves").tensors.get("x")!.data;
  const bytes = encodeHalf(values);
  assert.equal(bytes.length, halfBytes(4000));
  assert.deepEqual(
    decodeHalf(bytes),
    rounded.map((value) => value * scale),
  );
});

test("small values keep their size beside none larger, and what is not finite stays so", () => {
  const small = Float32Array.of(3e-20, -1e-20);
  for (const [i, value] of decodeHalf(encodeHalf(small)).entries())
    assert.ok(Math.abs(value - small[i]) <= 2 ** -11 * Math.abs(small[i]));
  assert.deepEqual([...decodeHalf(encodeHalf(Float32Array.of(0, 0)))], [0, 0]);
  assert.deepEqual(
    [...decodeHalf(encodeHalf(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -Infinity)))],
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
});
