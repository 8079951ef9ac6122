/**
 * Preloaded into every `bun test` (bunfig.toml). Bun takes its time limit from the command line alone: here tests get
 * five minutes.
 */
import { mock } from "bun:test";
import * as real from "node:test";
import { noting } from "./note-skips.ts";

const TIMEOUT = 300_000;
const test = noting(real.test, TIMEOUT);
const wrapped = {
  test,
  it: noting(real.it, TIMEOUT),
  describe: noting(real.describe, TIMEOUT),
  suite: noting(real.suite, TIMEOUT),
};
mock.module("node:test", () => ({ ...real, ...wrapped, default: test }));
