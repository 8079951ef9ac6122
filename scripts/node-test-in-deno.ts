/** What `node:test` is to the tests under Deno (deno-test-map.json). */
import * as real from "node:test";
import { noting } from "./note-skips.ts";

export { after, afterEach, before, beforeEach, mock } from "node:test";
export const test = noting(real.test);
export const it = noting(real.it);
export const describe = noting(real.describe);
export const suite = noting(real.suite);
export default test;
