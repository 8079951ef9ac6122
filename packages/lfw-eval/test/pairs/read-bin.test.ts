import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeImage } from "@amface/images";
import { PickleError } from "@amface/numpy";
import { PairsError, parseBin, readBin } from "../../src/mod.ts";

const PYTHON = "/usr/bin/python3";
const NEEDS_NUMPY = {
  skip:
    existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import numpy"]).status === 0
      ? false
      : "needs /usr/bin/python3 with numpy",
};

/** What Python pickles for an expression. */
function pickled(expression: string, protocol: number): Uint8Array {
  const program = `import pickle, sys, numpy as np\nsys.stdout.buffer.write(pickle.dumps(${expression}, ${protocol}))`;
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", program], { maxBuffer: 1e8 });
  assert.equal(status, 0, String(stderr));
  return stdout;
}

for (const protocol of [3, 4, 5]) {
  test(`parseBin() reads images and labels pickled by protocol ${protocol}`, NEEDS_NUMPY, () => {
    const set = parseBin(pickled("([b'one', b'two', b'x' * 300, b'four'], [True, False])", protocol));
    assert.deepEqual(
      set.images.map((image) => Buffer.from(image).toString()),
      ["one", "two", "x".repeat(300), "four"],
    );
    assert.deepEqual(set.pairs, [
      { a: 0, b: 1, same: true, fold: 0 },
      { a: 2, b: 3, same: false, fold: 5 },
    ]);
  });

  test(`parseBin() reads images that are arrays, pickled by protocol ${protocol}`, NEEDS_NUMPY, () => {
    const set = parseBin(
      pickled("([np.arange(3, dtype='u1'), np.arange(300) .astype('u1')], [False])", protocol),
    );
    assert.deepEqual([...set.images[0]], [0, 1, 2]);
    assert.equal(set.images[1].length, 300);
  });
}

const GOLDEN = new URL("golden/", import.meta.url);
const ownSets: Record<string, string> = JSON.parse(readFileSync(new URL("own-sets.json", GOLDEN), "utf8"));
for (const [name, pickle] of Object.entries(ownSets)) {
  test(`parseBin() reads a set of ${name}`, () => {
    const { images, pairs } = parseBin(Buffer.from(pickle, "base64"));
    assert.deepEqual(
      images.map((image) => Buffer.from(image).toString("latin1")),
      ["\xff\xd8", "\0", "text", "\x80\xc3"],
    );
    assert.deepEqual(pairs, [
      { a: 0, b: 1, same: true, fold: 0 },
      { a: 2, b: 3, same: false, fold: 5 },
    ]);
  });
}

test("readBin() reads a set of NumPy arrays and np.bool_ by protocol 2: whole PNG files, labels True and False", async () => {
  const { images, pairs } = await readBin(fileURLToPath(new URL("own-set.bin", GOLDEN)));
  const greys = await Promise.all(images.map(async (png) => (await decodeImage(png, "own-set.bin")).data[0]));
  assert.deepEqual(greys, [0, 85, 170, 255]);
  assert.deepEqual(
    pairs.map(({ same }) => same),
    [true, false],
  );
});

test("parseBin() reads what Python 2 wrote", () => {
  // PROTO 2, ([SHORT_BINSTRING "ab", SHORT_BINSTRING "c"], [True])
  const text = "\x80\x02](U\x02abU\x01ce]\x88a\x86.";
  const { images, pairs } = parseBin(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  assert.deepEqual([[...images[0]], [...images[1]], pairs.length], [[97, 98], [99], 1]);
});

test("parseBin() survives a set that is cut off or damaged at any byte", () => {
  // PROTO 4, FRAME, ([SHORT_BINBYTES "ab", SHORT_BINBYTES "c"], [True]), with what it memorises.
  const text = "\x80\x04\x95\x18\0\0\0\0\0\0\0]\x94(C\x02ab\x94C\x01c\x94e]\x94\x88a\x86\x94.";
  const whole = Uint8Array.from(text, (c) => c.charCodeAt(0));
  assert.deepEqual([...parseBin(whole).images[0]], [97, 98]);
  const readable = (bytes: Uint8Array, what: string) => {
    try {
      parseBin(bytes);
    } catch (error) {
      assert.ok(error instanceof PickleError || error instanceof PairsError, `${what}: ${error}`);
    }
  };
  for (let length = 0; length < whole.length; length++)
    readable(whole.subarray(0, length), `${length} bytes`);
  for (let at = 0; at < whole.length; at++) {
    for (let value = 0; value < 256; value++) readable(whole.with(at, value), `byte ${at} as ${value}`);
  }
});

test("parseBin() runs nothing, and says what is missing", NEEDS_NUMPY, () => {
  assert.throws(() => parseBin(pickled("print", 4)), PickleError);
  const fails = (expression: string, message: RegExp) =>
    assert.throws(
      () => parseBin(pickled(expression, 4), "set.bin"),
      (error: Error) => error instanceof PairsError && message.test(error.message),
    );
  fails("{'a': 1}", /set\.bin: expected a pickled tuple of a list of images and a list of labels/);
  fails("([b'a'], [True])", /expected two images a label, got 1 images and 1 labels/);
  fails("([], [])", /expected two images a label, got 0/);
  fails("([b'a', 7], [True])", /expected bytes of an image, got something else as image 1/);
  fails(
    "([b'a', b'b'], ['yes'])",
    /expected labels True and False, or 1 and 0, got something else as label 0/,
  );
  fails("([b'a', b'b'], [-1])", /expected labels True and False, or 1 and 0, got -1 as label 0/);
  fails("([b'a', b'b'], np.array([2]))", /or 1 and 0, got 2 as label 0/);
  fails("([b'a', b'b'] * 2, np.eye(2))", /expected a list of labels, got an array \[2,2\]/);
  fails(
    "([b'a', np.zeros((2, 2, 3), 'u1')], [1])",
    /got an array \[2,2,3\] as image 1; encode its pixels as JPEG or PNG/,
  );
  fails("([b'a', np.zeros(2, object)], [1])", /expected bytes of an image, got something else as image 1/);
  fails("(np.zeros((2, 4, 4, 3), 'u1'), [1])", /expected a list of encoded images, got an array \[2,4,4,3\]/);
});

test("readBin() names the file that is missing", async () => {
  await assert.rejects(readBin("no/such.bin"), /Cannot read no\/such\.bin: /);
});
