import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { RunLock } from "../../src/run/run-lock.ts";
import { scratch } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
before(async () => {
  ({ dir, remove } = await scratch());
});
after(() => remove());

/** A process that holds a lock until it is killed. */
async function holder(path: string) {
  const program = join(import.meta.dirname, "..", "programs", "hold-lock.ts");
  const child = spawn(process.execPath, ["--conditions=@amface/source", program, path]);
  await once(child.stdout, "data");
  return child;
}

test("a lock that another process holds is refused, with who holds it, and is free once that is killed", async () => {
  const path = join(dir, "held.lock");
  const child = await holder(path);
  await assert.rejects(RunLock.acquire(path), (error: Error) => {
    assert.equal(error.name, "RunLockedError");
    assert.match(
      error.message,
      new RegExp(
        `^Cannot train in .*: expected a run that nobody is training, but process ${child.pid} on .+, since \\d{4}-.+Z, is; ` +
          "wait for it or stop it, or choose another folder$",
      ),
    );
    return true;
  });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = await RunLock.acquire(path);
  assert.equal(JSON.parse(await readFile(path, "utf8")).pid, process.pid);
  await lock.release();
  assert.deepEqual(await readdir(dir), []);
});

test("a lock holds within one process too, until it is released", async () => {
  const path = join(dir, "own.lock");
  const lock = await RunLock.acquire(path);
  await assert.rejects(RunLock.acquire(path), { name: "RunLockedError" });
  await lock.release();
  await (await RunLock.acquire(path)).release();
});

test("a process number that has come to another process since holds no lock", async () => {
  const path = join(dir, "number.lock");
  const lock = await RunLock.acquire(path);
  const holder = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...holder, started: `${Number(holder.started) - 1}` }));
  await lock.release();
  const next = await RunLock.acquire(path);
  await next.release();
});

test("a holder on another machine counts as killed when it has given no sign of life for two minutes", async () => {
  const path = join(dir, "far.lock");
  const far = { pid: 7, host: "far", machine: "far away", started: "1", since: "2026-01-01", token: "t" };
  await writeFile(path, JSON.stringify(far));
  const ago = new Date(Date.now() - 60_000);
  await utimes(path, ago, ago);
  await assert.rejects(RunLock.acquire(path), {
    message:
      /process 7 on far, since .* is; its last sign of life is (59|6\d) s old: if it was killed, try again/,
  });
  const longAgo = new Date(Date.now() - 130_000);
  await utimes(path, longAgo, longAgo);
  await (await RunLock.acquire(path)).release();
});

test("a lock that was taken over is noticed, and is not released", async () => {
  const path = join(dir, "lost.lock");
  const lock = await RunLock.acquire(path);
  await lock.check();
  const other = JSON.stringify({ pid: 9, host: "far", machine: "far away", started: "1", since: "today" });
  await writeFile(path, other);
  await assert.rejects(lock.check(), {
    name: "RunLockedError",
    message: /expected to hold the run alone, but process 9 on far, since today, has taken it over/,
  });
  await lock.release();
  assert.equal(await readFile(path, "utf8"), other);
});

test("of many that find a stale lock at once, one gets it", async () => {
  const path = join(dir, "race.lock");
  const child = await holder(path);
  child.kill("SIGKILL");
  await once(child, "exit");
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => RunLock.acquire(path)));
  const won = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  assert.equal(won.length, 1);
  await won[0].release();
});

test("what killed processes left of their tries is removed, what others are trying is not", async () => {
  const path = join(dir, "tried.lock");
  const [old, young] = [`${path}.old.tmp`, `${path}.young.tmp`];
  for (const file of [old, young]) await writeFile(file, "{}");
  const longAgo = new Date(Date.now() - 130_000);
  await utimes(old, longAgo, longAgo);
  await (await RunLock.acquire(path)).release();
  assert.deepEqual(
    (await readdir(dir)).filter((name) => name.startsWith("tried")),
    ["tried.lock.young.tmp"],
  );
});
