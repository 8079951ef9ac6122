import { spawnSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WEB = join(import.meta.dirname, "..");

/** The page, built into a new folder. */
export async function buildPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "amface-web-"));
  const { AMFACE_EMBEDDER: _, ...env } = process.env;
  const { status, stderr } = spawnSync(
    "node",
    [join(WEB, "..", "..", "node_modules", "vite", "bin", "vite.js"), "build", WEB],
    { encoding: "utf8", env: { ...env, AMFACE_WEB_DIST: folder } },
  );
  if (status !== 0) throw new Error(`Cannot build the page: ${stderr}`);
  return folder;
}
