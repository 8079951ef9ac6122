/**
 * Preloaded into every `bun test` (bunfig.toml). Bun takes its time limit from the command line alone and prints no
 * reason for a skipped test: here tests get five minutes, and reasons go to the file that `AMFACE_SKIP_REASONS` names.
 */
import { mock } from "bun:test";
import { appendFileSync } from "node:fs";
import * as real from "node:test";

const TIMEOUT = 300_000;
const file = process.env.AMFACE_SKIP_REASONS;

function prepared<F extends (...args: never[]) => unknown>(run: F): F {
  const wrapped = (...args: unknown[]) => {
    const at = args.findIndex((arg) => typeof arg === "object");
    const options: { timeout?: number; skip?: unknown } = {
      timeout: TIMEOUT,
      ...(args[at] as object | undefined),
    };
    if (at >= 0) args[at] = options;
    else args.splice(-1, 0, options);
    if (file && typeof options.skip === "string") appendFileSync(file, `${args[0]}: ${options.skip}\n`);
    return run(...(args as never[]));
  };
  return Object.assign(wrapped, run) as unknown as F;
}

const test = prepared(real.test);
const wrapped = {
  test,
  it: prepared(real.it),
  describe: prepared(real.describe),
  suite: prepared(real.suite),
};
mock.module("node:test", () => ({ ...real, ...wrapped, default: test }));
