import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnFromArray,
  dictionary,
  int32,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { checkArrow } from "../../src/shards/check-arrow.ts";

const table = tableFromColumns({
  label: columnFromArray([1, 2, 3], int32()),
  identity: columnFromArray(["a", "b", "a"], dictionary(utf8())),
});

for (const format of ["file", "stream"] as const) {
  test(`checkArrow() lets a ${format} through, with a dictionary as table libraries write it`, () => {
    const stream = checkArrow(tableToIPC(table, { format })!);
    assert.deepEqual(tableFromIPC(stream).toColumns(), table.toColumns());
  });
}

test("checkArrow() refuses rows and buffers beyond the bytes, and a file that is cut off", () => {
  const bytes = tableToIPC(table, { format: "file" })!;
  assert.throws(() => checkArrow(bytes.slice(0, -3)), /the file is cut off/);
  const refused = new Set<string>();
  for (let at = 8; at + 8 <= bytes.length; at += 4) {
    const changed = bytes.slice();
    new DataView(changed.buffer).setBigUint64(at, 2n ** 40n, true);
    try {
      checkArrow(changed);
    } catch (error) {
      assert.ok(error instanceof RangeError, `${error}`);
      refused.add(error.message);
    }
  }
  for (const message of ["a column has rows beyond its bytes", "a buffer lies beyond its message"])
    assert.ok(refused.has(message), [...refused].join("; "));
});
