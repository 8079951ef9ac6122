import { spawnSync } from "node:child_process";

/** False where Node is on the `PATH`, and why a test that starts it is skipped otherwise. */
export function withoutNode(): string | false {
  return spawnSync("node", ["--version"]).status === 0 ? false : "needs Node on the PATH";
}
