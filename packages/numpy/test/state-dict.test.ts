import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { isTorchFile, memorySource, readStateDict, TorchFileError } from "../src/mod.ts";

const golden: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL("golden/torch-files.json", import.meta.url), "utf8"),
);
const file = (version: string, kind: string) =>
  new Uint8Array(inflateSync(Buffer.from(golden[version][kind], "base64")));
const read = (bytes: Uint8Array) => readStateDict(memorySource(bytes), "F.pth");
const NEWEST = Object.keys(golden)[0];

/** `count` sixteenths from -3, in the order of `golden/make-torch-files.py`. */
const sixteenths = (...indices: number[]) => Float32Array.from(indices, (i) => (i - 3) / 16);
const upTo = (count: number) => [...Array(count).keys()];

/** What `golden/make-torch-files.py` saves. */
const TENSORS: Readonly<Record<string, [readonly number[], Float32Array]>> = {
  float32: [[2, 3], sixteenths(...upTo(6))],
  float64: [[2, 3], sixteenths(...upTo(6))],
  float16: [[2, 3], sixteenths(...upTo(6))],
  bfloat16: [[2, 3], sixteenths(...upTo(6))],
  int64: [[], Float32Array.of(7)],
  int32: [[3], Float32Array.of(-1, 0, 1)],
  int16: [[3], Float32Array.of(-1, 0, 1)],
  int8: [[3], Float32Array.of(-1, 0, 1)],
  uint8: [[3], Float32Array.of(254, 255, 0)],
  bool: [[2], Float32Array.of(1, 0)],
  transposed: [[6, 4], sixteenths(...upTo(24).map((i) => 6 * (i % 4) + (i >> 2)))],
  rows: [[2, 6], sixteenths(...upTo(12).map((i) => i + 6))],
  steps: [[2, 3], sixteenths(1, 3, 5, 13, 15, 17)],
  expanded: [[5], sixteenths(1, 1, 1, 1, 1)],
  channelsLast: [[1, 2, 3, 4], sixteenths(...upTo(24))],
  empty: [[0, 3], new Float32Array(0)],
  parameter: [[3], sixteenths(0, 1, 2)],
};

for (const [version, files] of Object.entries(golden)) {
  for (const kind of Object.keys(files).filter((kind) => /^(zip|legacy)(,|$)/.test(kind))) {
    test(`readStateDict() reads tensors of all types and strides by PyTorch ${version}, ${kind}`, () => {
      const bytes = file(version, kind);
      assert.ok(isTorchFile(bytes.subarray(0, 32)));
      const tensors = read(bytes);
      assert.deepEqual([...tensors.keys()], Object.keys(TENSORS));
      for (const [name, [shape, data]] of Object.entries(TENSORS)) {
        assert.deepEqual(tensors.get(name), { name, shape, data });
      }
    });
  }

  test(`readStateDict() finds the net in a checkpoint of PyTorch ${version}, passing over the rest`, () => {
    for (const kind of ["checkpoint", "legacy checkpoint"]) {
      const tensors = read(file(version, kind));
      assert.deepEqual([...tensors.keys()], ["weight", "bias"]);
      assert.deepEqual(tensors.get("weight")?.data, Float32Array.of(0.5, -0.25));
    }
  });

  test(`readStateDict() refuses a whole net of PyTorch ${version} by the name of its class`, () => {
    assert.throws(() => read(file(version, "net")), {
      name: "TorchFileError",
      message:
        "Cannot read F.pth as a PyTorch file: expected tensors and plain data, got " +
        '"torch.nn.modules.linear.Linear", which is not called here; save the net\'s state_dict() alone',
    });
  });
}

/** A file of the old form whose third pickle is `program`. */
function legacy(program: string): Uint8Array {
  const magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  const machine = "\x80\x02}X\x0d\0\0\0little_endian\x88s.";
  const text = `${magic}\x80\x02M\xe9\x03.${machine}\x80\x02${program}.\x80\x02].`;
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

test("readStateDict() calls nothing but what tensors need, and names what a file wanted", () => {
  for (const name of ["os.system", "builtins.eval", "torch.load", "torch._utils._import_dotted_name"]) {
    const [, module, member] = /^(.*)\.(\w+)$/.exec(name) as RegExpExecArray;
    assert.throws(
      () => read(legacy(`c${module}\n${member}\nX\x02\0\0\0id\x85R`)),
      (error) =>
        error instanceof TorchFileError && error.message.includes(`got "${name}", which is not called`),
    );
  }
});

/** A state dict of one view of a storage that is not in the file. */
const view = (offset: string, shape: string, strides: string) =>
  `}X\x01\0\0\0actorch._utils\n_rebuild_tensor\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ${offset}${shape}${strides}tRs`;

test("readStateDict() refuses views beyond their storage, and small files that would fill the memory", () => {
  assert.throws(
    () => read(legacy(view("K\x02", "K\x03\x85", "K\x01\x85"))),
    /a of shape \[3\] within the 4 values/,
  );
  assert.throws(
    () => read(legacy(view("K\0", "K\x03\x85", "K\x02\x85"))),
    /within the 4 values .* got up to 5/,
  );
  const billion = "J\0\0\0\x40\x85";
  assert.throws(
    () => read(legacy(view("K\0", billion, "K\0\x85"))),
    /about as many values as the file has bytes/,
  );
  assert.throws(() => read(legacy(view("K\0", "K\x03\x85", "K\x01K\x01\x86"))), /a stride for each axis/);
  assert.throws(
    () => read(legacy(view("K\0", "J\xff\xff\xff\xff\x85", "K\x01\x85"))),
    /a storage, an offset/,
  );
  assert.throws(
    () => read(legacy(view("K\0", "K\x03\x85", "K\x01\x85"))),
    /expected a storage 0 in it, got none/,
  );
});

test("readStateDict() says what a file is that has no state dict or is none of PyTorch's", () => {
  assert.throws(
    () => read(legacy("}X\x05\0\0\0epochK\x01s")),
    /expected a dictionary of tensors, .* got keys epoch/,
  );
  assert.throws(() => read(legacy("]")), /expected a dictionary of tensors, .* got something else/);
  assert.throws(() => read(new Uint8Array(40)), /expected a file of torch.save, got something else/);
});

test("readStateDict() refuses archives that are cut off, changed or overlap", () => {
  const bytes = file(NEWEST, "zip");
  assert.throws(
    () => read(bytes.subarray(0, bytes.length - 30)),
    /expected a zip archive's directory at its end/,
  );
  const changed = bytes.slice();
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(bytes.length - 6, true);
  const names = new TextDecoder("latin1").decode(bytes);
  const first = names.indexOf("/data/0", directory) - "archive".length;
  const stored = names.indexOf("/data/0");
  const aligned = stored + "/data/0".length + view.getUint16(stored - "archive".length - 2, true);
  changed[aligned] ^= 1;
  assert.throws(() => read(changed), /expected checksum [0-9a-f]{8} of archive\/data\/0, got another/);
  const overlapping = bytes.slice();
  new DataView(overlapping.buffer).setUint32(first - 4, 0, true);
  assert.throws(() => read(overlapping), /to end before byte/);
});
