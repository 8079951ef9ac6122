import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodeText, readText } from "@amface/files";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-text-"));
});
after(() => rm(dir, { recursive: true }));

const TEXT = "José\t1\tかな 😀\r\n";

test("readText() reads UTF-8 and UTF-16 of either order, and takes the byte order mark off", async () => {
  const little = Buffer.from(`\uFEFF${TEXT}`, "utf16le");
  const forms = {
    plain: Buffer.from(TEXT),
    marked: Buffer.from(`\uFEFF${TEXT}`),
    little,
    big: Buffer.from(little).swap16(),
  };
  for (const [name, bytes] of Object.entries(forms)) {
    const path = join(dir, name);
    await writeFile(path, bytes);
    assert.equal(await readText(path), TEXT, name);
  }
  assert.equal(decodeText(new Uint8Array()), "");
  await assert.rejects(readText(join(dir, "missing")), /ENOENT/);
});
