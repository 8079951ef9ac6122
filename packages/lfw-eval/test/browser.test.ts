import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { importsOf } from "../../../test/imports-of.ts";

const SOURCES = join(import.meta.dirname, "..", "src");

test("what a browser imports needs no module of Node's, and of other packages only arquero, numpy, names and pixels", () => {
  const imports = importsOf(join(SOURCES, "browser.ts"));
  assert.ok(imports.size > 30);
  const others = new Set([...imports.values()].flat().filter((name) => !name.startsWith(".")));
  assert.deepEqual([...others].sort(), [
    "@amface/files/browser",
    "@amface/images/browser",
    "@amface/numpy",
    "arquero",
  ]);
});
