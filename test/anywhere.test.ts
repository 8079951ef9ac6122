import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { COMMANDS } from "../packages/cli/src/commands.ts";
import { installPacked, type Packed, packAll, packageNeeds } from "../scripts/install-packed.ts";
import { DENO_COMMANDS, denoPermissions } from "./anywhere/deno-commands.ts";
import { notebook, writeExampleInputs } from "./anywhere/example-inputs.ts";
import { readmeExamples } from "./anywhere/readme-examples.ts";
import { readmeInstall } from "./anywhere/readme-installs.ts";
import { slow } from "./slow.ts";

const ROOT = join(import.meta.dirname, "..");
const skip = slow() ? false : "installs all packages (AMFACE_SLOW=1 runs it)";
const examples = readmeExamples();
const folders = [...new Set(examples.map((example) => example.package))];
const table: Record<string, Record<string, string>> = {};

let dir: string;
let project: string;
let packed: Packed[];

before(async () => {
  if (skip) return;
  dir = mkdtempSync(join(tmpdir(), "amface-anywhere-"));
  project = join(dir, "project");
  packed = await packAll(join(dir, "packed"));
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const extra = { "typescript-5.0": "npm:typescript@5.0.4", "@types/node": devDependencies["@types/node"] };
  await installPacked(
    project,
    packed,
    packed.map(({ name }) => name),
    extra,
  );
  mkdirSync(join(project, "src"));
  for (const { name, code } of examples) writeFileSync(join(project, "src", `${name}.ts`), code);
  await writeExampleInputs(join(dir, "inputs"));
  // As in a clone called amface; its dependencies are there, which pack:all installs first.
  const pack = ["npm", "run", "--ignore-scripts", "pack:all", "--", join(dir, "amface", "packed")];
  const { status, stderr } = start(pack, ROOT);
  assert.equal(status, 0, stderr);
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
});

after(() => {
  if (skip) return;
  rmSync(dir, { recursive: true });
  const marks = (name: string) => folders.map((folder) => table[name][folder] ?? "failed").join(" | ");
  const rows = Object.keys(table).map((name) => `| ${name} | ${marks(name)} |`);
  console.log(
    [`| | ${folders.join(" | ")} |`, `|${" --- |".repeat(folders.length + 1)}`, ...rows].join("\n"),
  );
});

const TSCONFIG = {
  compilerOptions: {
    ...{ target: "es2022", lib: ["es2022", "dom"], module: "nodenext", moduleResolution: "nodenext" },
    ...{ strict: true, types: ["node"], rootDir: "src", outDir: "built" },
    // Those of tfjs and others have errors of their own, which are passed over below.
    skipLibCheck: false,
  },
  include: ["src"],
};

const start = ([command, ...args]: readonly string[], cwd = project) =>
  spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: 280_000,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
  });

/** Notes for the table which packages' examples passed, and fails where one did not. */
function note(column: string, outcomes: Record<string, string | null>): void {
  const failures = examples.filter(({ name }) => outcomes[name] !== null);
  table[column] = Object.fromEntries(
    folders.map((folder) => [
      folder,
      failures.some((example) => example.package === folder) ? "failed" : "yes",
    ]),
  );
  assert.equal(failures.map(({ name }) => `${name}: ${outcomes[name]}`).join("\n\n"), "");
}

/** A fresh copy of what the examples read. */
function inputs(name: string): string {
  const copy = join(dir, `inputs-${name}`);
  cpSync(join(dir, "inputs"), copy, { recursive: true });
  return copy;
}

test("every tarball has its licence, README and declarations, and no tests", { skip }, () => {
  const licence = readFileSync(join(ROOT, "LICENSE"), "utf8");
  for (const { name } of packed) {
    const installed = join(project, "node_modules", name);
    assert.equal(readFileSync(join(installed, "LICENSE"), "utf8"), licence, name);
    const { main, types, exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    for (const path of [main, types, exports["."].types, exports["."].default, "README.md"]) {
      assert.ok(files.includes(path.replace("./", "")), `${name}: ${path}`);
    }
    assert.deepEqual(
      files.filter((file) => /(^|\/)test\//.test(file) || file.endsWith(".tsbuildinfo")),
      [],
      name,
    );
  }
});

test("every package has an example in its README, and lfw-eval needs no engine", { skip }, async () => {
  assert.deepEqual(folders, [...(await packageNeeds()).keys()]);
  const { needs } = packed.find(({ name }) => name === "@amface/lfw-eval")!;
  const dependencies = ["@amface/lfw-eval", ...needs].flatMap((name) => {
    const manifest = readFileSync(join(project, "node_modules", name, "package.json"), "utf8");
    return Object.keys(JSON.parse(manifest).dependencies ?? {});
  });
  assert.ok(dependencies.includes("sharp"));
  assert.deepEqual(
    dependencies.filter((name) => /onnx|tensorflow|tfjs/.test(name)),
    [],
  );
});

const COMPILERS = {
  "TypeScript 5.0.4": () => join(project, "node_modules", "typescript-5.0", "bin", "tsc"),
  "TypeScript 7.0": () => join(ROOT, "node_modules", "typescript", "bin", "tsc"),
};
for (const [name, compiler] of Object.entries(COMPILERS)) {
  test(`the READMEs' examples are right in strict ${name}`, { skip }, () => {
    const { stdout, stderr } = start(["node", compiler(), "--project", project]);
    const ours = stdout.split("\n").filter((line) => /^(src|node_modules\/@amface)\//.test(line));
    const failed = (example: string) => ours.filter((line) => line.includes(`/${example}.ts(`));
    note(name, Object.fromEntries(examples.map((e) => [e.name, failed(e.name).join("\n") || null])));
    assert.equal(ours.join("\n") + stderr, "");
  });
}

test("every README installs its package, what that and the examples need, and no more", async () => {
  const packages = await packageNeeds();
  assert.deepEqual([...readmeInstall().packages].sort(), [...packages.keys()]);
  for (const [folder, { name, needs }] of packages) {
    const imports = examples
      .filter((example) => example.package === folder)
      .flatMap(({ code }) =>
        [...code.matchAll(/(?:from|import) "((?:@[^/"]+\/)?[^/":]+)/g)].map(([, it]) => it),
      );
    const ours = [name, ...needs, ...imports.filter((it) => it.startsWith("@amface/"))];
    const wanted = new Set(ours.flatMap((it) => [it, ...packages.get(it.slice(8))!.needs]));
    const { packages: installed, others } = readmeInstall(folder);
    assert.deepEqual([...installed].sort(), [...wanted].map((it) => it.slice(8)).sort(), folder);
    const own = installed.flatMap((it) => {
      const manifest = readFileSync(join(ROOT, "packages", it, "package.json"), "utf8");
      return Object.keys(JSON.parse(manifest).dependencies ?? {});
    });
    const rest = imports.filter((it) => !it.startsWith("@amface/") && it !== "node" && !own.includes(it));
    assert.deepEqual([...others].sort(), [...new Set(rest)].sort(), folder);
  }
});

/** An empty project beside the clone after the line of a README, with this in place of `npm install`. */
function installed(name: string, line: string, command: string): string {
  const folder = join(dir, name);
  mkdirSync(folder);
  const { status, stderr } = start(["bash", "-c", line.replace("npm install", command)], folder);
  assert.equal(status, 0, stderr);
  return folder;
}

/** Runs examples in a project that has their packages, and tells what became of each. */
function runExamples(
  name: string,
  command: readonly string[],
  folder: string,
  files: readonly string[],
): Record<string, string | null> {
  const program = "run-examples.mjs";
  cpSync(join(ROOT, "test", "programs", program), join(folder, program));
  const modules = files.map((file) => join(folder, file));
  const { status, stdout, stderr } = start([...command, program, inputs(name), ...modules], folder);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const BUN = process.versions.bun ? process.execPath : "bun";
test("what each README installs from a clone's tarballs, by bun add, runs its examples under Bun", {
  skip,
}, () => {
  const outcomes = folders.map((name) => {
    const folder = installed(`bun-${name}`, readmeInstall(name).line, `"${BUN}" add`);
    cpSync(join(project, "src"), join(folder, "src"), { recursive: true });
    const own = examples.filter((example) => example.package === name);
    return runExamples(
      `bun-${name}`,
      [BUN],
      folder,
      own.map((example) => `src/${example.name}.ts`),
    );
  });
  note("Bun", Object.assign({}, ...outcomes));
});

interface Runtime {
  readonly command: readonly string[];
  /** Runs what TypeScript made of the examples. */
  readonly built?: boolean;
  /** What installs a clone's tarballs, as the README of the repository says; without it the packages are as published. */
  readonly install?: string;
}
const RUNTIMES: Record<string, Runtime> = {
  Node: { command: ["node"], built: true, install: "npm install" },
  "Node 22": { command: ["npx", "--yes", "node@22"], built: true },
  "Node 24": { command: ["npx", "--yes", "node@24"], built: true },
  Deno: { command: ["deno", "run", "-A"], install: "deno run -A npm:npm@11 install" },
};
for (const [name, { command, built, install }] of Object.entries(RUNTIMES)) {
  const there =
    skip || start([...command.slice(0, command[0] === "npx" ? 3 : 1), "--version"], ROOT).status === 0;
  const title = install
    ? `what the README installs from a clone's tarballs, by ${install}, runs every example under ${name}`
    : `the READMEs' examples run under ${name}, with the packages as published`;
  test(title, { skip: skip || (!there && `needs ${name}`) }, () => {
    const files = built ? "built" : "src";
    const folder = install ? installed(name, readmeInstall().line, install) : project;
    if (install) cpSync(join(project, files), join(folder, files), { recursive: true });
    const run = examples.map((example) => `${files}/${example.name}.${built ? "js" : "ts"}`);
    note(name, runExamples(name.replace(" ", "-"), command, folder, run));
  });
}

test("the READMEs' examples run as cells of tslab", { skip }, () => {
  // The kernel looks for modules from the notebook's folder upwards.
  const folder = join(project, "notebooks");
  cpSync(join(dir, "inputs"), folder, { recursive: true });
  writeFileSync(join(folder, "examples.ipynb"), notebook(examples.map(({ code }) => code)));
  const amface = join(project, "node_modules", "@amface", "cli", "dist", "main.js");
  const run = ["notebook", "run", "examples.ipynb", "--output-dir", "out", "--json"];
  const { stdout, stderr } = start(["node", amface, ...run], folder);
  const [{ passed, error = stderr }] = JSON.parse(stdout) as [{ passed: boolean; error?: string }];
  const failed = passed ? examples.length + 1 : Number(/cell (\d+)/.exec(error)?.[1] ?? 1);
  const outcome = (i: number) => (i + 1 < failed ? null : i + 1 === failed ? error : "not reached");
  note("tslab", Object.fromEntries(examples.map(({ name }, i) => [name, outcome(i)])));
});

const deno = skip || (start(["deno", "--version"], ROOT).status !== 0 && "needs Deno");
test("each command runs under Deno with the permissions that the README of cli names", { skip: deno }, () => {
  assert.deepEqual(
    DENO_COMMANDS.map(({ command }) => command).sort(),
    COMMANDS.map(({ name }) => name).sort(),
  );
  const folder = join(project, "out");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "show.ipynb"),
    notebook(['import { show } from "@amface/notebook";', "await show([])"]),
  );
  for (const { command, args, prepare } of DENO_COMMANDS) {
    prepare?.(folder);
    const run = (...flags: string[]) =>
      start(["deno", "run", "--no-prompt", ...flags, "npm:@amface/cli", command, ...args]);
    const flags = denoPermissions(command);
    const { status, stderr } = run(...flags);
    assert.equal(status, 0, `${command} with ${flags.join(" ")}: ${stderr}`);
    // The test could not fail if some other flag, or none, were enough.
    const fewer = flags.filter((flag) => !flag.startsWith("--allow-write"));
    if (fewer.length < flags.length) assert.notEqual(run(...fewer).status, 0, command);
  }
});
