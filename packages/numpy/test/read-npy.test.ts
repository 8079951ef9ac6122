import assert from "node:assert/strict";
import { test } from "node:test";
import { type NdArray, NpyError, PickleError, readNpy } from "../src/mod.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

function npy(header: string, body: Uint8Array | string): Uint8Array {
  const text = `${header}\n`;
  const start = Uint8Array.of(0x93, ...bytesOf("NUMPY"), 1, 0, text.length, 0);
  return joined(start, bytesOf(text), typeof body === "string" ? bytesOf(body) : body);
}

const OBJECT_HEADER = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
const pickled = (program: string) => npy(OBJECT_HEADER, program);

/** Opcodes for an array: `_reconstruct(ndarray, (0,), 'b')`, then its state. */
const RECONSTRUCT = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR";
const dtype = (code: string, order: string) =>
  `cnumpy\ndtype\n(U${String.fromCharCode(code.length)}${code}K\x00K\x01tR(K\x03U\x01${order}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`;
const array = (shape: string, type: string, fortran: boolean, content: string) =>
  `${RECONSTRUCT}(K\x01${shape}${type}${fortran ? "\x88" : "\x89"}${content}tb`;
const objectOf = (content: string) => `\x80\x02${array(")", dtype("O8", "|"), false, `]${content}a`)}.`;

const FLOATS = "\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@"; // 1, 2, 3, 4 in float32

test("readNpy() reads numbers in C and Fortran order", () => {
  const body = new Uint8Array(Int32Array.of(1, 2, 3, 4, 5, 6).buffer);
  const c = readNpy(npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }", body)) as NdArray;
  assert.deepEqual(c, { data: Int32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
  const fortran = readNpy(npy("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }", body)) as NdArray;
  assert.deepEqual(fortran.data, Int32Array.of(1, 3, 5, 2, 4, 6));
});

test("readNpy() reads from a Buffer that starts at an odd address", () => {
  const bytes = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", FLOATS);
  const pool = Buffer.alloc(bytes.length + 1);
  pool.set(bytes, 1);
  const { data } = readNpy(pool.subarray(1)) as NdArray;
  assert.deepEqual(data, Float32Array.of(1, 2, 3, 4));
});

test("readNpy() reads a pickled dictionary of arrays, Fortran order included", () => {
  const matrix = array("K\x02K\x02\x86", dtype("f4", "<"), true, `U\x10${FLOATS}`);
  const [dict] = readNpy(pickled(objectOf(`}(U\x07weights${matrix}U\x04nameU\x03\xe9t\xe9u`))) as unknown[];
  assert.ok(dict instanceof Map);
  assert.deepEqual([...dict.keys()], ["weights", "name"]);
  const { data, shape } = dict.get("weights") as NdArray;
  assert.deepEqual([data, shape], [Float32Array.of(1, 3, 2, 4), [2, 2]]);
  assert.deepEqual([...(dict.get("name") as Uint8Array)], [0xe9, 0x74, 0xe9]);
});

test("readNpy() refuses a foreign global, names it and its byte, and calls nothing", () => {
  const program = "\x80\x02cos\nsystem\nU\x02ls\x85R.";
  assert.throws(
    () => readNpy(pickled(program)),
    (error: PickleError) => {
      assert.ok(error instanceof PickleError);
      assert.equal(error.byte, pickled("").length + 2);
      assert.match(error.message, new RegExp(`at byte ${error.byte}: .*got "os.system"`));
      return true;
    },
  );
  for (const name of ["numpy\nload", "builtins\neval", "numpy.core.multiarray\nfromstring"]) {
    assert.throws(() => readNpy(pickled(`\x80\x02c${name}\n.`)), PickleError);
  }
});

test("readNpy() refuses every opcode that is not plain data", () => {
  // INST, OBJ, NEWOBJ, NEWOBJ_EX, persistent ids, extensions, an integer and text of protocol 0, buffers out of band.
  for (const opcode of ["i", "o", "\x81", "\x92", "P", "Q", "\x82", "I", "V", "\x97", "\x98"]) {
    assert.throws(
      () => readNpy(pickled(`\x80\x02${opcode}`)),
      (error: PickleError) => {
        const hex = opcode.charCodeAt(0).toString(16).padStart(2, "0");
        assert.match(error.message, new RegExp(`at byte ${pickled("").length + 2}: .*opcode 0x${hex}`));
        return error instanceof PickleError;
      },
    );
  }
  assert.throws(() => readNpy(pickled("\x80\x06.")), /expected protocol 2 to 5, got 6/);
});

test("readNpy() refuses a call of the array type and of anything that is no global", () => {
  assert.throws(() => readNpy(pickled("\x80\x02cnumpy\nndarray\n)R.")), /as a type only/);
  assert.throws(() => readNpy(pickled("\x80\x02U\x02ls)R.")), /expected a global/);
  assert.throws(() => readNpy(pickled("\x80\x02}Nb.")), /for BUILD/);
});

test("readNpy() survives a pickle cut off or damaged at any byte", () => {
  const matrix = array("K\x02K\x02\x86", dtype("f4", "<"), true, `U\x10${FLOATS}`);
  const whole = pickled(objectOf(`}U\x01w${matrix}s`));
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => readNpy(whole.subarray(0, length)),
      (error) => error instanceof PickleError || error instanceof NpyError,
    );
  }
  for (let at = 0; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at] ^= 0x55;
    try {
      readNpy(damaged);
    } catch (error) {
      assert.ok(error instanceof PickleError || error instanceof NpyError, `byte ${at}: ${error}`);
    }
  }
});

test("readNpy() reads booleans as bytes and uint64 as bigints", () => {
  const bools = readNpy(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\x01\x00"));
  assert.deepEqual(bools, { data: Uint8Array.of(1, 0), shape: [2] });
  const large = readNpy(
    npy("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", "\0\0\0\0\0\0\0\x80"),
  );
  assert.deepEqual(large, { data: BigUint64Array.of(2n ** 63n), shape: [1] });
});

test("readNpy() reads three axes in Fortran order", () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
  const { data, shape } = readNpy(
    npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", bytes),
  ) as NdArray;
  assert.deepEqual(shape, [2, 3, 4]);
  // Element (i, j, k) stands at i + 2 j + 6 k.
  assert.deepEqual([...data.slice(0, 8)], [0, 6, 12, 18, 2, 8, 14, 20]);
  assert.deepEqual([...data.slice(12, 16)], [1, 7, 13, 19]);
});

test("readNpy() says what is wrong with another file", () => {
  assert.throws(() => readNpy(bytesOf("hello")), /Cannot read the \.npy file: expected the bytes/);
  const short = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", FLOATS);
  assert.throws(() => readNpy(short), /expected 20 bytes for \[5\] of <f4, got 16/);
  assert.throws(
    () => readNpy(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (4,), }", FLOATS)),
    /got dtype >f4/,
  );
  assert.throws(() => readNpy(npy("{'shape': (4,), }", FLOATS)), NpyError);
});
