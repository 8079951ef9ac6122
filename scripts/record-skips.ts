/** Preloaded into the test runner, which prints no reason for a skipped test: writes each to a file. */
import { mock } from "bun:test";
import { appendFileSync } from "node:fs";
import * as real from "node:test";

const file = process.env.AMFACE_SKIP_REASONS!;

function recording<F extends (...args: never[]) => unknown>(run: F): F {
  const wrapped = (...args: unknown[]) => {
    const [title] = args;
    for (const option of args) {
      const skip = typeof option === "object" && option !== null && "skip" in option && option.skip;
      if (typeof skip === "string") appendFileSync(file, `${title}: ${skip}\n`);
    }
    return run(...(args as never[]));
  };
  return Object.assign(wrapped, run) as unknown as F;
}

const test = recording(real.test);
const wrapped = {
  test,
  it: recording(real.it),
  describe: recording(real.describe),
  suite: recording(real.suite),
};
mock.module("node:test", () => ({ ...real, ...wrapped, default: test }));
