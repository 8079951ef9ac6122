/**
 * Writes the list of kernels that `@tensorflow/tfjs-node` registers, from the package's own JavaScript: installed into a
 * temporary folder without its native part, its kernels register as ever, and nothing of them runs.
 *
 *     bun scripts/tfjs-node-kernels.ts > test/golden/tfjs-node-kernels.json
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSION = "4.22.0";

const folder = mkdtempSync(join(tmpdir(), "amface-tfjs-node-"));
try {
  writeFileSync(join(folder, "package.json"), "{}");
  const install = [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    `@tensorflow/tfjs-node@${VERSION}`,
  ];
  execFileSync("npm", install, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const program = `
    const tf = require("@tensorflow/tfjs");
    tf.env().set("PROD", true);
    require("@tensorflow/tfjs-node/dist/register_all_kernels");
    const kernels = tf.getKernelsForBackend("tensorflow").map(({ kernelName }) => kernelName).sort();
    console.log(JSON.stringify({ package: "@tensorflow/tfjs-node", version: "${VERSION}", kernels }, null, 2));`;
  process.stdout.write(execFileSync("node", ["-e", program], { cwd: folder, encoding: "utf8" }));
} finally {
  rmSync(folder, { recursive: true });
}
