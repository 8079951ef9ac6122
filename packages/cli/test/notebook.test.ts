import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { withoutNode } from "../../../test/node-there.ts";
import { runProgram } from "../src/command/run-command.ts";
import { COMMANDS } from "../src/commands.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-notebook-"));
});
after(() => rm(dir, { recursive: true }));

const fixtures = join(import.meta.dirname, "..", "..", "notebook", "test", "fixtures");
const fixture = (name: string) => join(fixtures, `${name}.ipynb`);

async function amface(...args: string[]) {
  const [out, err]: string[][] = [[], []];
  const status = await runProgram(COMMANDS, ["notebook", ...args], {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text: string) => err.push(text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, out: out.join(""), err: err.join("") };
}

test("notebook run goes on behind a failure, names cell and line, writes every copy and exits with 1", {
  skip: withoutNode(),
  timeout: 120_000,
}, async () => {
  const files = [fixture("failing"), fixture("passing")];
  const { status, out } = await amface("run", ...files, "--output-dir", dir, "--json");
  assert.equal(status, 1);
  const [failed, passed] = JSON.parse(out);
  assert.deepEqual([failed.passed, passed.passed], [false, true]);
  assert.match(
    failed.error,
    /code cell 2 failed\nAssertionError[\s\S]*at check \(cell 2, line 5: assert\.equal/,
  );
  assert.ok(passed.seconds > 0);
  assert.deepEqual([failed.output, passed.output], [join(dir, "failing.ipynb"), join(dir, "passing.ipynb")]);
  assert.deepEqual((await readdir(dir)).sort(), ["failing.ipynb", "passing.ipynb"]);
});

test("notebook run sets parameters by name and exits with 0", {
  skip: withoutNode(),
  timeout: 120_000,
}, async () => {
  const set = ["--set", "steps=9", "--set", "title=a=b"];
  const { status, out, err } = await amface("run", fixture("passing"), "--output-dir", dir, ...set);
  assert.equal(status, 0, err);
  assert.match(out, /^passed {2}.*passing\.ipynb {2}\d+\.\d s {2}/);
  assert.match(await readFile(join(dir, "passing.ipynb"), "utf8"), /9 steps of a=b, loud: false/);
});

test("a wrong call of notebook exits with 2 and says what was expected", async () => {
  const passing = fixture("passing");
  for (const [args, message] of [
    [["run"], /expected files or folders, got none/],
    [["open"], /Cannot do open: expected run or start/],
    [["run", join(fixtures, "..")], /expected \.ipynb files in/],
    [["run", passing, "--set", "x"], /Cannot take --set: expected NAME=VALUE, got x/],
    [["run", passing, "--set", "stepz=1"], /Cannot set parameter stepz: expected one of steps, title, loud/],
    [["run", passing, "--set", "steps=many"], /Cannot set parameter steps: expected a number, got "many"/],
    [["start", "a", "b"], /expected one folder, got b too/],
  ] as const) {
    const { status, err } = await amface(...args, "--output-dir", dir);
    assert.equal(status, 2, err);
    assert.match(err, message);
  }
});

/** Runs `work` with `dir` as the only place of programs. */
async function onlyIn<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const path = process.env.PATH;
  process.env.PATH = dir;
  try {
    return await work();
  } finally {
    process.env.PATH = path;
  }
}

test("notebook start says what to install where Jupyter is missing", async () => {
  for (const [args, expected] of [
    [
      [],
      /expected jupyter-lab or jupyter-notebook on the path, got none; install it: pip install jupyterlab/,
    ],
    [
      ["--app", "notebook"],
      /expected jupyter-notebook on the path, got none; install it: pip install notebook/,
    ],
  ] as const) {
    const { status, err } = await onlyIn(dir, () => amface("start", ...args));
    assert.equal(status, 1);
    assert.match(err, expected);
  }
});

test("notebook start runs the Jupyter that there is, where it finds the kernel, with the options behind --", {
  skip: process.platform === "win32" && "needs a shell",
}, async () => {
  const bin = join(dir, "bin");
  await mkdir(bin);
  const told = join(dir, "told.txt");
  const script = `#!/bin/sh\necho "$JUPYTER_PATH" > ${told}\necho "$*" >> ${told}\nexit 3\n`;
  await writeFile(join(bin, "jupyter-notebook"), script, { mode: 0o755 });
  const call = ["start", dir, "--port", "8890", "--", "--allow-root"];
  const { status, err } = await onlyIn(bin, () => amface(...call));
  assert.equal(status, 1);
  assert.match(err, /Jupyter ended with exit code 3/);
  const [path, args] = (await readFile(told, "utf8")).split("\n");
  assert.ok(existsSync(join(path.split(delimiter)[0], "kernels", "tslab", "kernel.json")), path);
  assert.ok(args.startsWith(`--notebook-dir=${dir} `) && args.endsWith(" --port=8890 --allow-root"), args);
});
