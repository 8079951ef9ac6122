import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCheckpointInfo } from "../../src/run/checkpoint-info.ts";

const INFO = {
  config: { net: "resface-small" },
  data: "0123456789abcdef",
  progress: { step: 7, epoch: 1, batchInEpoch: 2, pass: 1, batchInPass: 2, seconds: 1.5 },
  rewinds: [{ step: 7, loss: Number.NaN, to: 5, leftOut: [{ pass: 1, batch: 1 }] }],
  observers: { scores: [1, 2] },
};

test("parseCheckpointInfo() gives back what was written, a loss that was NaN too", () => {
  assert.deepEqual(parseCheckpointInfo(JSON.stringify(INFO)), INFO);
});

test("parseCheckpointInfo() names the field that is wrong", () => {
  const fails = (change: object, message: RegExp) =>
    assert.throws(() => parseCheckpointInfo(JSON.stringify({ ...INFO, ...change })), message);
  fails({ progress: { ...INFO.progress, step: "7" } }, /^Error: progress\.step: .*expected/);
  fails(
    { rewinds: [{ ...INFO.rewinds[0], leftOut: [{ pass: 1 }] }] },
    /^Error: rewinds\.0\.leftOut\.0\.batch: /,
  );
  fails({ config: undefined }, /^Error: config: expected an object/);
  assert.throws(() => parseCheckpointInfo("not JSON"), SyntaxError);
});
