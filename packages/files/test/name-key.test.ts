import assert from "node:assert/strict";
import { test } from "node:test";
import { nameKey } from "@amface/files";

test("nameKey() is the same for both of Unicode's spellings of a name, and tells other names apart", () => {
  for (const name of ["José", "Zoë_Ødegård", "がぎ", "मीना", "한국"]) {
    assert.equal(nameKey(name.normalize("NFD")), name.normalize("NFC"));
    assert.equal(nameKey(name), nameKey(nameKey(name)));
  }
  assert.notEqual(nameKey("José"), nameKey("Jose"));
  assert.notEqual(nameKey("ann"), nameKey("Ann"));
});
