import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { elementsOf, NUMPY_GLOBALS, PickledArray, PickleError, readPickle } from "../src/mod.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const read = (program: string) => readPickle(bytesOf(`\x80\x02${program}.`), 0, NUMPY_GLOBALS);
const array = (data: PickledArray["data"], shape = [data.length]) =>
  Object.assign(new PickledArray(), { data, shape });

/** What `golden/make-pickles.py` pickles. */
const VALUES = {
  floats: [1.5, -0.1, 1e300, Number.POSITIVE_INFINITY],
  integers: [
    2147483648,
    -2147483649,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 70n,
    -(2n ** 64n),
  ],
  LONG4: -(2n ** 2040n),
  keys: new Map<unknown, string>([
    [1, "int"],
    ["1", "str"],
    [-5, "negative"],
    [2 ** 40, "long"],
    [2n ** 60n, "big"],
    [null, "None"],
    [0.5, "float"],
  ]),
  bytes: [Uint8Array.of(255, 216, 0), new Uint8Array(0), Uint8Array.of(128, 97), new Uint8Array(0)],
  text: ["\ufeffé", "😀"],
  bool_: [true, false],
  scalars: [-7, 200, 2n ** 63n, 2 ** 40, 1.5, 0.1],
  bools: array(Uint8Array.of(1, 0, 1)),
  int64: array(BigInt64Array.of(1n, 0n, -1n)),
  uint64: array(BigUint64Array.of(2n ** 63n)),
  uint8: array(Uint8Array.of(255, 216, 255, 0)),
  empty: array(new Uint8Array(0)),
  strided: array(Uint8Array.of(0, 2, 4)),
  fortran: array(Int16Array.of(0, 1, 2, 3, 4, 5), [2, 3]),
  // Element (j, k, i) is 12 i + 4 j + k.
  transposed: array(
    Uint8Array.from({ length: 24 }, (_, at) => 12 * (at % 2) + (at >> 1)),
    [3, 4, 2],
  ),
  objects: array([Uint8Array.of(255), array(new Uint8Array(2)), null, 3], [2, 2]),
};

const golden: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL("golden/pickles.json", import.meta.url), "utf8"),
);
for (const [numpy, pickles] of Object.entries(golden)) {
  for (const [protocol, pickle] of Object.entries(pickles)) {
    test(`readPickle() reads plain data and arrays of NumPy ${numpy} by protocol ${protocol}`, () => {
      const bytes = new Uint8Array(inflateSync(Buffer.from(pickle, "base64")));
      const values = readPickle(bytes, 0, NUMPY_GLOBALS);
      assert.ok(values instanceof Map);
      for (const [name, expected] of Object.entries(VALUES)) {
        assert.deepStrictEqual(values.get(name), expected, name);
      }
      assert.equal(values.size, Object.keys(VALUES).length);
    });
  }
}

test("readPickle() makes bytes of what Python calls for them, and of nothing else", () => {
  const encode = (text: string, encoding: string) =>
    `c_codecs\nencode\nX${String.fromCharCode(text.length)}\0\0\0${text}X${String.fromCharCode(encoding.length)}\0\0\0${encoding}\x86R`;
  assert.deepEqual(read(encode("a\xc3\xbf", "latin1")), Uint8Array.of(97, 255));
  assert.throws(() => read(encode("a", "rot13")), /_codecs.encode: expected a text to encode as latin1/);
  assert.throws(() => read(encode("\xc4\x80", "latin1")), /expected characters of latin1, got U\+100/);
  // bytes(9) would be nine zeros.
  assert.throws(() => read("c__builtin__\nbytes\nK\x09\x85R"), /expected bytes or no argument/);
});

test("readPickle() refuses what is not plain data by the name of what it would call", () => {
  for (const name of ["os.system", "builtins.eval", "builtins.getattr", "_codecs.decode", "__main__.Model"]) {
    const [module, member] = name.split(".");
    assert.throws(
      () => read(`c${module}\n${member}\n)R`),
      (error) => error instanceof PickleError && error.byte === 2 && error.message.includes(`got "${name}"`),
    );
  }
});

test("readPickle() refuses keys that a Map would not tell apart or find, and damaged numbers and text", () => {
  assert.throws(() => read("}K\x01K\x02\x86Ns"), /key: expected a string or number, got a list or tuple/);
  assert.throws(() => read("}(U\x01aNX\x01\0\0\0aNu"), /expected keys that differ, got a twice/);
  assert.throws(() => read("G\0\0"), /expected 8 more bytes/);
  assert.throws(() => read("\x8a\x09\0"), /expected 9 more bytes/);
  assert.throws(() => read("\x8b\xff\xff\xff\xff"), /expected 4294967295 more bytes/);
  assert.throws(
    () => read("X\x01\0\0\0\xff"),
    (error) => error instanceof PickleError && /expected text in UTF-8/.test(error.message),
  );
});

test("readPickle() refuses arrays of texts and of other orders by what they are", () => {
  const dtype = (code: string, order: string) =>
    `cnumpy\ndtype\nU\x02${code}\x85R(K\x03U\x01${order}NNNK\0K\0K\0tb`;
  const buffer = (content: string, type: string, order: string) =>
    `cnumpy._core.numeric\n_frombuffer\n(U${String.fromCharCode(content.length)}${content}${type}K\x02\x85${order}tR`;
  assert.throws(() => read(buffer("ab", dtype("S1", "|"), "U\x01C")), /_frombuffer: .*got dtype \|S1/);
  assert.throws(() => read(buffer("ab", dtype("u1", "|"), "U\x01A")), /expected the order C, F or K.*got A/);
  assert.throws(
    () => read(buffer("ab", dtype("u1", "|"), "U\x01KK\x01\x85")),
    /expected an order of the 1 axes of \[2\], got \[1\]/,
  );
  assert.throws(
    () => read(`cnumpy.core.multiarray\nscalar\n${dtype("i4", ">")}U\x04\0\0\0\x01\x86R`),
    /dtype >i4/,
  );
});

test("elementsOf() gives those of lists and arrays; bytes and texts have none", () => {
  assert.deepEqual(elementsOf([1, 2]), [1, 2]);
  assert.deepEqual(elementsOf(array(Uint8Array.of(1, 0))), Uint8Array.of(1, 0));
  assert.equal(elementsOf(Uint8Array.of(1)), undefined);
  assert.equal(elementsOf("ab"), undefined);
});
