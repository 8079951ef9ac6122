import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateFiles } from "../src/worker/evaluate-files.ts";

const text = (name: string, content: string) => ({ name, bytes: new TextEncoder().encode(content) });

const HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }".padEnd(117);
const ROWS = text("rows.npy", `NUMPY\x01\0\x76\0${HEADER}\n${"\0".repeat(8)}`).bytes;

test("evaluateFiles() names the file that cannot be read", async () => {
  const rows = { name: "rows.npy", bytes: Uint8Array.of(0x93, ...ROWS) };
  await assert.rejects(
    evaluateFiles({ files: [text("rows.npy", "no array"), text("rows.json", "[]")], far: 1e-3 }),
    /Cannot read rows\.npy: expected the bytes/,
  );
  await assert.rejects(
    evaluateFiles({ files: [rows, text("rows.json", "{")], far: 1e-3 }),
    /Cannot read rows\.json: /,
  );
});
