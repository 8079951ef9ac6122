import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { installPacked, type Packed, packAll } from "../scripts/install-packed.ts";
import { notebook, writeExampleInputs } from "./anywhere/example-inputs.ts";
import { readmeExamples } from "./anywhere/readme-examples.ts";
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

test("every package has an example in its README, and lfw-eval needs no engine", { skip }, () => {
  assert.deepEqual(folders, readdirSync(join(ROOT, "packages")).sort());
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

const RUNTIMES: Record<string, { command: readonly string[]; built: boolean }> = {
  Node: { command: ["node"], built: true },
  "Node 22": { command: ["npx", "--yes", "node@22"], built: true },
  "Node 24": { command: ["npx", "--yes", "node@24"], built: true },
  Bun: { command: [process.versions.bun ? process.execPath : "bun"], built: false },
  Deno: { command: ["deno", "run", "--allow-all", "--node-modules-dir=manual", "--no-check"], built: false },
};
for (const [name, { command, built }] of Object.entries(RUNTIMES)) {
  const there =
    skip || start([...command.slice(0, command[0] === "npx" ? 3 : 1), "--version"], ROOT).status === 0;
  test(`the READMEs' examples run under ${name}`, { skip: skip || (!there && `needs ${name}`) }, () => {
    const modules = examples.map((e) =>
      join(project, built ? "built" : "src", `${e.name}.${built ? "js" : "ts"}`),
    );
    const program = join(ROOT, "test", "programs", "run-examples.mjs");
    const { status, stdout, stderr } = start([
      ...command,
      program,
      inputs(name.replace(" ", "-")),
      ...modules,
    ]);
    assert.equal(status, 0, stderr);
    note(name, JSON.parse(stdout.trim().split("\n").at(-1)!));
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
