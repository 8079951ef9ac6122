import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { importsOf } from "../../../test/imports-of.ts";

test("amface loads a command when it is called: its help waits for no package but a small one", () => {
  const main = join(import.meta.dirname, "..", "src", "main.ts");
  const others = [...importsOf(main).values()].flat().filter((name) => !/^(\.|node:)/.test(name));
  assert.deepEqual(others, ["fastest-levenshtein"]);
});
