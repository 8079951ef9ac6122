import assert from "node:assert/strict";
import { test } from "node:test";
import { compareStage } from "../../src/reproduce/compare-stage.ts";
import type { Stage } from "../../src/reproduce/result-row.ts";

const exact: Stage = { stage: "photos", of: "images", path: "p", expected: { count: 3, sha256: "ab" } };
const lenient: Stage = {
  ...{ stage: "losses", of: "losses", path: "run" },
  expected: { sha256: "ab", "step 1": 10, "step 9": 8 },
  tolerance: { "step 1": 0.01, "step 9": 1 },
};

test("a stage without tolerances differs in any value, and in one that is not there", () => {
  assert.equal(compareStage(exact, { count: 3, sha256: "ab", mean: 5 }).verdict, "same");
  assert.deepEqual(compareStage(exact, { count: 3, sha256: "cd" }), {
    stage: "photos",
    verdict: "differs",
    differences: [{ what: "sha256", expected: "ab", got: "cd" }],
  });
  assert.deepEqual(compareStage(exact, { count: 3 }).differences, [{ what: "sha256", expected: "ab" }]);
});

test("numbers within their tolerance are close whatever the checksum; the limit itself is within", () => {
  const close = compareStage(lenient, { sha256: "cd", "step 1": 10, "step 9": 9 });
  assert.equal(close.verdict, "close");
  assert.deepEqual(
    close.differences.map(({ what }) => what),
    ["sha256", "step 9"],
  );
});

test("what lies outside of its tolerance is told first, with both values", () => {
  const { verdict, differences } = compareStage(lenient, { sha256: "cd", "step 1": 10.02, "step 9": 8 });
  assert.equal(verdict, "differs");
  assert.deepEqual(differences[0], { what: "step 1", expected: 10, got: 10.02, tolerance: 0.01 });
  assert.equal(compareStage(lenient, { "step 1": 10, "step 9": 8 }).verdict, "differs");
  assert.equal(compareStage(lenient, { sha256: "ab", "step 1": Number.NaN, "step 9": 8 }).verdict, "differs");
});
