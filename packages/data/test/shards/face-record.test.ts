import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFaceRecord, encodeFaceRecord, type FaceRecord, Random } from "@amface/data";
import { exampleType } from "./example-proto.ts";

const record: FaceRecord = {
  encoded: Uint8Array.from({ length: 300 }, (_, i) => i & 255),
  format: "JPEG",
  height: 112,
  width: 96,
  label: 70_000,
  text: "Zoë Ødegård",
  filename: "Zoë Ødegård/0001.jpg",
};

test("encodeFaceRecord() writes what protobufjs reads as a tf.train.Example", () => {
  const example = exampleType.decode(encodeFaceRecord(record));
  const { features } = exampleType.toObject(example, { longs: Number, bytes: Array }) as {
    features: { feature: Record<string, Record<string, { value: unknown[] }>> };
  };
  const bytes = (text: string) => Array.from(Buffer.from(text));
  assert.deepEqual(features.feature, {
    "image/encoded": { bytesList: { value: [Array.from(record.encoded)] } },
    "image/format": { bytesList: { value: [bytes("JPEG")] } },
    "image/height": { int64List: { value: [112] } },
    "image/width": { int64List: { value: [96] } },
    "image/class/label": { int64List: { value: [70_000] } },
    "image/class/text": { bytesList: { value: [bytes(record.text)] } },
    "image/filename": { bytesList: { value: [bytes(record.filename)] } },
  });
});

test("decodeFaceRecord() gives back what encodeFaceRecord() wrote", () => {
  const random = new Random("record", 1);
  for (let round = 0; round < 100; round++) {
    const one: FaceRecord = {
      ...record,
      encoded: Uint8Array.from({ length: random.int(400) }, () => random.int(256)),
      label: random.int(2 ** (1 + random.int(31))),
      height: random.int(5000),
      text: "ü".repeat(random.int(200)),
    };
    assert.deepEqual(decodeFaceRecord(new Uint8Array(encodeFaceRecord(one))), one);
  }
});

test("decodeFaceRecord() reads numbers below zero, and encodeFaceRecord() refuses them", () => {
  for (const label of [-1, -2, -128, -(2 ** 28), -(2 ** 31) - 5, -(2 ** 53) + 1, 2 ** 28, 2 ** 53 - 1]) {
    const feature = { "image/class/label": { int64List: { value: [label] } } };
    const bytes = exampleType.encode(exampleType.fromObject({ features: { feature } })).finish();
    assert.equal(decodeFaceRecord(bytes).label, label);
  }
  for (const label of [-1, 0.5, Number.NaN]) {
    assert.throws(() => encodeFaceRecord({ ...record, label }), /expected label to be a whole number from 0/);
  }
});

test("decodeFaceRecord() reads what protobufjs writes, with foreign features, several values and unpacked numbers", () => {
  const feature = {
    "image/object/bbox/xmin": { floatList: { value: [0.5, 0.25] } },
    "image/class/label": { int64List: { value: [7, 8] } },
    "image/encoded": { bytesList: { value: [Buffer.from([1, 2]), Buffer.from([3])] } },
    "image/height": { int64List: { value: [] } },
  };
  const bytes = exampleType.encode(exampleType.fromObject({ features: { feature } })).finish();
  assert.deepEqual(decodeFaceRecord(new Uint8Array(bytes)), { label: 7, encoded: Uint8Array.of(1, 2) });
  // Feature { int64_list { value: 5 } } without packing, as old writers have it.
  const key = Buffer.from("image/class/label");
  const list = Buffer.from([0x1a, 2, 0x08, 5]);
  const entry = Buffer.concat([Buffer.from([0x0a, key.length]), key, Buffer.from([0x12, list.length]), list]);
  const features = Buffer.concat([Buffer.from([0x0a, entry.length]), entry]);
  assert.deepEqual(decodeFaceRecord(Buffer.concat([Buffer.from([0x0a, features.length]), features])), {
    label: 5,
  });
});

test("decodeFaceRecord() refuses what is no message, and never reads past its end", () => {
  const bytes = encodeFaceRecord(record);
  let refused = 0;
  for (let cut = 1; cut < bytes.length; cut++) {
    try {
      decodeFaceRecord(bytes.subarray(0, cut));
    } catch (error) {
      assert.match((error as Error).message, /^Cannot decode a record: expected a protobuf message, got /);
      refused++;
    }
  }
  assert.equal(refused, bytes.length - 1);
  assert.throws(() => decodeFaceRecord(new Uint8Array(20).fill(255)), /Cannot decode a record/);
});
