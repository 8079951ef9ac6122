import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGES = join(import.meta.dirname, "..", "packages");
/** Where npm fetched Bun, it need not be on the path. */
const BUN = process.versions.bun ? process.execPath : "bun";

/** A package as it would be published. */
export interface Packed {
  readonly name: string;
  readonly tarball: string;
  /** Names of the packages of this repository that it depends on, directly or not. */
  readonly needs: readonly string[];
}

/** Every package of the repository that is published, by its folder: its name, version, and the other ones that it depends on, directly or not. */
export async function packageNeeds(): Promise<
  Map<string, Omit<Packed, "tarball"> & { readonly version: string }>
> {
  const direct = new Map<string, string[]>();
  const found = new Map<string, { name: string; version: string }>();
  for (const folder of (await readdir(PACKAGES)).sort()) {
    const path = join(PACKAGES, folder, "package.json");
    const { name, version, dependencies = {}, private: kept } = JSON.parse(await readFile(path, "utf8"));
    if (kept) continue;
    found.set(folder, { name, version });
    direct.set(
      name,
      Object.keys(dependencies).filter((dependency) => dependency.startsWith("@amface/")),
    );
  }
  const all = (name: string): string[] => (direct.get(name) ?? []).flatMap((next) => [next, ...all(next)]);
  return new Map(
    [...found].map(([folder, entry]) => [folder, { ...entry, needs: [...new Set(all(entry.name))] }]),
  );
}

/** Packs every built package of the repository into `dir`. */
export async function packAll(dir: string): Promise<Packed[]> {
  await mkdir(dir, { recursive: true });
  const packed: Packed[] = [];
  for (const [folder, { name, version, needs }] of await packageNeeds()) {
    await run(BUN, ["pm", "pack", "--quiet", "--destination", dir], { cwd: join(PACKAGES, folder) });
    const tarball = join(dir, `${name.slice(1).replace("/", "-")}-${version}.tgz`);
    packed.push({ name, tarball, needs });
  }
  return packed;
}

/**
 * Installs packed packages, and whatever they depend on, into an empty project. Install scripts do not run: that of
 * ONNX Runtime would download CUDA.
 *
 * @param names The packages that the project asks for; those that they need come along.
 * @param extra Dependencies besides the packages.
 */
export async function installPacked(
  dir: string,
  packed: readonly Packed[],
  names: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Promise<void> {
  const wanted = packed.filter(
    ({ name }) =>
      names.includes(name) ||
      packed.some((other) => names.includes(other.name) && other.needs.includes(name)),
  );
  const tarballs = Object.fromEntries(wanted.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const project = {
    ...{ name: "anywhere", version: "1.0.0", private: true, type: "module" },
    dependencies: { ...tarballs, ...extra },
    overrides: tarballs,
  };
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "package.json"), JSON.stringify(project, null, 2));
  await run(BUN, ["install", "--linker=hoisted", "--ignore-scripts"], { cwd: dir });
}
