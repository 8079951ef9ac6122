import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { renderFace } from "@amface/data";

const program = (name: string) => join(import.meta.dirname, "programs", name);

interface Runtime {
  readonly name: string;
  /** Commands that start it, the first that is there is taken; the program's path is added. */
  readonly commands: readonly (readonly string[])[];
}

// Inside the repository Bun takes the sources that tsconfig.base.json names; this configuration names none.
const BUILT = `--tsconfig-override=${join(import.meta.dirname, "built.tsconfig.json")}`;

// CI fetches Deno, which machines for Node rarely have.
const pinnedDeno = process.env.CI === "true" ? [["npx", "--yes", "deno@2.9.5"]] : [];
const RUNTIMES: readonly Runtime[] = [
  { name: "Node", commands: [["node"]] },
  { name: "Bun", commands: [[process.versions.bun ? process.execPath : "bun", BUILT]] },
  { name: "Deno", commands: [["deno"], ...pinnedDeno].map((command) => [...command, "run", "--allow-all"]) },
];

/** What `programs/generated-faces.mjs` prints; changes with FACE_VERSION. */
const GENERATED = { pictures: "7e92c9fcd065e510475f95222d95b019", perceptual: [726717999, 2445858662] };

const start = ([command, ...args]: readonly string[], ...rest: string[]) =>
  spawnSync(command, [...args, ...rest], { encoding: "utf8", timeout: 120_000 });

function isThere([command, ...args]: readonly string[]): boolean {
  return (
    start([command, ...args.filter((arg) => !/^(run|--allow-all)$/.test(arg)), "--version"]).status === 0
  );
}

for (const { name, commands } of RUNTIMES) {
  const command = commands.find(isThere);
  const skip = command ? false : `needs ${name} on the PATH`;
  test(`the built packages give the same results under ${name}`, { skip }, () => {
    const { status, stdout, stderr } = start(command!, program("every-package.mjs"));
    assert.equal(status, 0, stderr);
    const result = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assert.deepEqual(result.evaluation, { accuracy: 7 / 8, auc: 1 });
    for (const [i, value] of [0, 1, -5, -1, 0, 100].entries()) close(result.similarity[i], value, 1e-9);
    assert.equal(
      result.face.photo,
      renderFace(1, 2).image.data.reduce((total, value) => total + value, 0),
    );
    for (const backend of ["cpu", "onnx"]) {
      close(result[backend].logits[0], 7.5, 1e-5);
      close(result[backend].logits[1], 24, 1e-5);
      close(result[backend].loss, 16.5 + Math.log1p(Math.exp(-16.5)), 1e-5);
    }
    assert.deepEqual(result.relu, [0, 0, 2]);
  });

  test(`generated faces and scenes have the same pixels under ${name}`, { skip }, () => {
    const { status, stdout, stderr } = start(command!, program("generated-faces.mjs"));
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { ...GENERATED, threadsAgree: true });
  });

  test(`training steps of onnx follow the cpu backend's under ${name}`, { skip }, () => {
    const { status, stdout, stderr } = start(command!, program("train-step.mjs"));
    assert.equal(status, 0, stderr);
    const { cpu, onnx } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, number[]>;
    assert.equal(onnx.length, 4);
    for (const [i, loss] of cpu.entries()) close(onnx[i], loss, 1e-4 * loss);
    assert.ok(new Set(cpu).size === 4);
  });
}

function close(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `expected ${expected} ± ${tolerance}, got ${actual}`);
}
