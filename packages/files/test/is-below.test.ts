import assert from "node:assert/strict";
import { test } from "node:test";
import { isBelow } from "@amface/files";

test("a path is below a folder where it is relative and goes up nowhere, in the writing of any system", () => {
  for (const path of ["a.bin", "weights/a.bin", "./a..bin", "..a/b", "weights\\a.bin"])
    assert.ok(isBelow(path));
  for (const path of ["", "/a", "\\a", "c:a", "C:\\a", "..", "../a", "a/../../b", "a\\..\\b", "a\0b"])
    assert.ok(!isBelow(path), JSON.stringify(path));
});
