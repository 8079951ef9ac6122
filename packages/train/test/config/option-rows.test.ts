import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

test("the README has every option as its schema has it", () => {
  const script = join(import.meta.dirname, "../../../../scripts/option-rows.ts");
  execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" });
});
