import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openBytes } from "@amface/files";

test("openBytes() reads parts of a file, also far into a large one, and names a file that it cannot read", () => {
  const folder = mkdtempSync(join(tmpdir(), "amface-bytes-"));
  try {
    const path = join(folder, "F.bin");
    writeFileSync(path, Uint8Array.of(1, 2, 3, 4));
    truncateSync(path, 5e9);
    const file = openBytes(path);
    assert.equal(file.size, 5e9);
    assert.deepEqual(file.read(1, 3), Uint8Array.of(2, 3));
    assert.deepEqual(file.read(5e9 - 2, 5e9), Uint8Array.of(0, 0));
    truncateSync(path, 2);
    assert.throws(() => file.read(1, 3), /Cannot read .*F\.bin: expected 3 bytes or more, got 2/);
    file.close();
    assert.throws(() => openBytes(join(folder, "none")), /Cannot read .*none: ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
