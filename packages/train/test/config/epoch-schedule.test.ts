import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "@amface/train";

test("parseSchedule() reads lines with comments, and pairs separated by commas", () => {
  const expected = [
    { epoch: 0, rate: 0.1 },
    { epoch: 16, rate: 0.01 },
    { epoch: 24, rate: undefined },
  ];
  assert.deepEqual(parseSchedule("# rates\n0: 0.1 # first\r\n\n  16:1e-2\n24: -1\n"), expected);
  assert.deepEqual(parseSchedule("0: 0.1, 16: 0.01, 24: -"), expected);
});

test("parseSchedule() names the line that it cannot read", () => {
  const cases: [string, RegExp][] = [
    ["0: 0.1\n5 0.01", /^Cannot read f line 2: expected epoch: rate, got "5 0.01"$/],
    ["0: fast", /line 1: expected epoch: rate, got "0: fast"/],
    ["0: 0.1.2", /line 1: expected a rate above 0, or -1 to stop, got 0.1.2/],
    ["0: 0", /expected a rate above 0, or -1 to stop, got 0/],
    ["0: -0.1", /expected epoch: rate, got "0: -0.1"/],
    ["3: 0.1", /line 1: expected the first epoch to be 0, got 3/],
    ["0: 0.1\n8: 0.01\n8: 0.001", /line 3: expected an epoch after 8, got 8/],
    ["0: 0.1\n\n8: 0.01, 4: 0.001", /line 3: expected an epoch after 8, got 4/],
    ["# nothing\n", /expected epoch: rate pairs, got none/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseSchedule(text, "f"), { name: "RangeError", message });
  }
});
