/**
 * Packs every built package into a folder (`packed`) that other projects install from, as the READMEs say:
 *
 *     npm run pack:all [-- FOLDER]
 *
 * Unlike what would be published, a package names the others that it needs as peers: package managers then take those
 * that the project asks for, where Bun would look for dependencies in the registry.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { writeFileAtomic } from "@amface/files";
import { packAll } from "./install-packed.ts";

const run = promisify(execFile);

/** The tarball with its dependencies among the packages as peers. */
async function withPeers(tarball: string, scratch: string): Promise<Uint8Array> {
  await mkdir(scratch);
  await run("tar", ["-xzf", tarball, "-C", scratch]);
  const path = join(scratch, "package", "package.json");
  const manifest = JSON.parse(await readFile(path, "utf8"));
  const needs = Object.entries(manifest.dependencies ?? {});
  const isOurs = ([name]: [string, unknown]) => name.startsWith("@amface/");
  manifest.dependencies = Object.fromEntries(needs.filter((need) => !isOurs(need)));
  manifest.peerDependencies = { ...manifest.peerDependencies, ...Object.fromEntries(needs.filter(isOurs)) };
  await writeFile(path, JSON.stringify(manifest, null, 2));
  await run("tar", ["-czf", `${scratch}.tgz`, "-C", scratch, "package"]);
  return await readFile(`${scratch}.tgz`);
}

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, "..", "packed"));
const scratch = await mkdtemp(join(tmpdir(), "amface-pack-"));
try {
  const packed = await packAll(join(scratch, "published"));
  for (const { name, tarball } of packed) {
    // Without the version, so that a line to install from stays right.
    const file = name.slice(1).replace("/", "-");
    await writeFileAtomic(join(folder, `${file}.tgz`), await withPeers(tarball, join(scratch, file)));
  }
  console.log(
    `${packed.length} packages in ${relative(process.cwd(), folder) || "."}: their READMEs say how to install them`,
  );
} finally {
  await rm(scratch, { recursive: true });
}
