/** What `node:test` is to the tests under Deno (deno-test-map.json). */
import * as real from "node:test";
import { noting } from "./note-skips.ts";

export { after, afterEach, before, beforeEach, mock } from "node:test";
export const test = noting(real.test);
export const it = noting(real.it);
export const describe = noting(real.describe);
export const suite = noting(real.suite);
export default test;

// Deno 2.9 unloads native libraries at the end of a file, and crashes (SIGSEGV) where they still work then, as sharp does
// on the photos behind one that was refused.
real.after(() => new Promise((resolve) => setTimeout(resolve, 200)));
