/**
 * Prints what each package takes on disk when it is installed alone: its tarball, its own files, and the whole
 * `node_modules`. Needs the built packages.
 *
 *     bun scripts/install-sizes.ts
 */
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPacked, packAll } from "./install-packed.ts";

/** Bytes of the files below a folder, and how many packages it holds. */
async function measure(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

const mb = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : bytes < 1e7 ? 1 : 0);
const ENGINES = ["onnxruntime-node", "@tensorflow"];

const dir = await mkdtemp(join(tmpdir(), "amface-sizes-"));
try {
  const packed = await packAll(join(dir, "packed"));
  console.log(`${process.platform}-${process.arch}, ${new Date().toISOString().slice(0, 10)}, MB\n`);
  console.log("| package | tarball | own files | installed | of it ONNX Runtime | of it TensorFlow.js |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const { name, tarball } of packed) {
    const project = join(dir, name);
    await installPacked(project, packed, [name]);
    const modules = join(project, "node_modules");
    const there = await readdir(modules);
    const engines: string[] = [];
    for (const engine of ENGINES)
      engines.push(there.includes(engine) ? mb(await measure(join(modules, engine))) : "–");
    const sizes = [
      (await lstat(tarball)).size,
      await measure(join(modules, name)),
      await measure(modules),
    ].map(mb);
    console.log(`| \`${name}\` | ${[...sizes, ...engines].join(" | ")} |`);
    await rm(project, { recursive: true });
  }
} finally {
  await rm(dir, { recursive: true });
}
