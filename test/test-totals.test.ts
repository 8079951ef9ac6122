import assert from "node:assert/strict";
import { test } from "node:test";
import { readTotals } from "../scripts/test-totals.ts";

const report = (tests: number, failures: number, skipped: number) =>
  `<?xml version="1.0"?>\n<testsuites name="bun test" tests="${tests}" assertions="0" failures="${failures}" skipped="${skipped}" time="1">\n<testsuite tests="9" failures="9"/></testsuites>`;

test("readTotals() takes the whole run's numbers", () => {
  assert.deepEqual(readTotals(report(10, 0, 3), 0), { passed: 7, failed: 0, skipped: 3 });
  assert.deepEqual(readTotals(report(10, 2, 3), 1), { passed: 5, failed: 2, skipped: 3 });
});

test("readTotals() counts a run as failed that crashed, even where every test passed", () => {
  assert.deepEqual(readTotals(report(10, 0, 0), 139).failed, 1);
  assert.match(readTotals(undefined, 134).problem!, /exit code 134/);
});

test("readTotals() counts a run as failed in which nothing ran", () => {
  for (const junit of [undefined, report(0, 0, 0), report(4, 0, 4)]) {
    const { passed, failed, problem } = readTotals(junit, 0);
    assert.deepEqual([passed, failed, problem], [0, 1, "No test ran."]);
  }
});

test("readTotals() counts what Deno names as skipped, and lets all of one file's tests be", () => {
  const deno = (tests: number, inside: string) =>
    `<testsuites name="deno test" tests="${tests}" failures="0" errors="0" time="1"><testsuite>${inside}</testsuite></testsuites>`;
  const skipped = "<testcase><skipped/></testcase>";
  assert.deepEqual(readTotals(deno(3, skipped + skipped), 0), { passed: 1, failed: 0, skipped: 2 });
  assert.deepEqual(readTotals(deno(1, skipped), 0, true), { passed: 0, failed: 0, skipped: 1 });
  assert.equal(readTotals(deno(1, skipped), 0).failed, 1);
  assert.equal(readTotals(deno(0, ""), 0, true).failed, 1);
});
