import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Random } from "@amface/data";
import { HashedLines } from "../../src/shards/hashed-lines.ts";

test("HashedLines gives the hash of the same lines as one text", () => {
  const random = new Random("lines", 1);
  const hash = createHash("sha256");
  const lines = new HashedLines(hash);
  let text = "";
  for (let row = 0; row < 5000; row++) {
    const name = row === 70 ? "long ".repeat(30_000) : ["Zoë", "", "名前", "a b", "𝄞"][random.int(5)];
    const [label, photos] = [row === 3 ? 2 ** 31 - 1 : row, random.int(200)];
    lines.number(label);
    lines.text(name);
    lines.number(photos, "\n");
    text += `${label} ${name} ${photos}\n`;
  }
  lines.flush();
  assert.equal(hash.digest("hex"), createHash("sha256").update(text).digest("hex"));
});
