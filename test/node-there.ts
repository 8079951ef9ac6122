import { spawnSync } from "node:child_process";

/** False where Node is on the `PATH`, and why a test that starts it is skipped otherwise. */
export function withoutNode(): string | false {
  // Deno starts itself in the place of a Node that is not there.
  const version = String(spawnSync("node", ["--version"]).stdout ?? "");
  return version.startsWith("v") ? false : "needs Node on the PATH";
}
