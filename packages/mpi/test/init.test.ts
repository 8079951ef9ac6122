import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { slow } from "../../../test/slow.ts";
import { runProcesses, withoutMpi } from "./mpirun.ts";

const skip = withoutMpi();
const program = (name: string) => join(import.meta.dirname, "programs", name);

for (const processes of [1, 2, 3, 4]) {
  test(`${processes} processes exchange arrays of every type, blocking and not`, { skip }, () => {
    const { status, stdout, stderr } = runProcesses(processes, program("exchange.ts"));
    assert.equal(status, 0, stderr);
    const { size, library, local } = JSON.parse(stdout);
    assert.equal(size, processes);
    assert.match(library, /^(Open MPI v|MPICH Version: )\d/);
    assert.deepEqual(local, { rank: 0, size: processes });
  });
}

// What the program itself said, not what the launcher adds: in two runs of five Open MPI 4.1's loses the message of an
// abort ("ORTE_ERROR_LOG: Out of resource in file show_help.c").
for (const [how, expected] of [
  ["throw", [1, /no more photos/]],
  ["reject", [1, /no more photos/]],
  ["exit", [3, /process 1 is/]],
  ["abort", [4, /process 1 is/]],
] as const) {
  test(`a process that ends by ${how} ends those that wait for it`, { skip }, () => {
    const { status, stdout, stderr, seconds } = runProcesses(3, program("fail.ts"), how);
    const [code, text] = expected;
    assert.equal(status, code, stderr);
    assert.match(stderr, text);
    assert.ok(seconds < 10, `${seconds} s: ${stdout}`);
  });
}

test("a killed process ends those that wait for it, and the launcher names it", { skip }, () => {
  const { status, stdout, stderr, seconds } = runProcesses(3, program("fail.ts"), "kill");
  assert.notEqual(status, 0);
  const [, pid] = /process 1 is (\d+)/.exec(stderr)!;
  const said = (stdout + stderr).replace(/process 1 is \d+/, "");
  assert.match(said, new RegExp(`rank 1 with PID|PID ${pid}\\b`)); // Open MPI's, MPICH's
  assert.ok(seconds < 10, `${seconds} s`);
});

test("keepMoving() moves messages while a process computes", {
  skip: skip || (!slow() && "slow: run with AMFACE_SLOW=1"),
}, (t) => {
  const waits = ["waiting", "moving"].map((how) => {
    const { status, stdout, stderr } = runProcesses(2, program("keep-moving.ts"), how);
    assert.equal(status, 0, stderr);
    return Math.min(...(JSON.parse(stdout) as number[]));
  });
  t.diagnostic?.(`waits of ${waits.map((ms) => ms.toFixed(1)).join(" and ")} ms`);
  assert.ok(waits[1] < waits[0] / 3, `${waits}`);
});

test("a process alone exchanges with itself, without MPI", () => {
  const { status, stdout, stderr } = start("exchange-alone.ts", {});
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "0 of 1, none\n");
});

test("where a launcher started the process but there is no MPI, an error says what to install", () => {
  for (const [environment, packages] of [
    [{ OMPI_COMM_WORLD_SIZE: "2" }, "openmpi-bin and libopenmpi3"],
    [{ PMI_SIZE: "2" }, "mpich"],
  ] as const) {
    const { status, stderr } = start("missing.ts", environment);
    assert.equal(status, 1);
    const told = `MpiMissingError: Cannot use MPI: expected one of /nowhere/libmpi.so, got`;
    assert.ok(stderr.includes(told), stderr);
    assert.ok(stderr.includes(`install MPI on every host, such as Debian's ${packages}`), stderr);
  }
});

function start(name: string, environment: Record<string, string>) {
  const node = ["--conditions=@amface/source", program(name)];
  return spawnSync(process.execPath, node, { encoding: "utf8", env: { ...process.env, ...environment } });
}

test("the README's example gives what it says, in three processes", { skip }, () => {
  const text = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(text)!;
  const folder = mkdtempSync(join(import.meta.dirname, "programs", "readme-"));
  try {
    writeFileSync(join(folder, "example.ts"), code);
    const { status, stdout, stderr } = runProcesses(3, join(folder, "example.ts"));
    assert.equal(status, 0, stderr);
    const [, expected] = /^```text\n(.*?)^```$/ms.exec(text)!;
    assert.deepEqual(stdout.trim().split("\n").sort(), expected.trim().split("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
