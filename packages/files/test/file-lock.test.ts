import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FileLock, LockedError, WriteError } from "@amface/files";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-lock-"));
});
after(() => rm(dir, { recursive: true }));

test("of many that want a lock one gets it, the others are told who holds it; once released it leaves nothing", async () => {
  const path = join(dir, "a.lock");
  const tries = await Promise.allSettled(Array.from({ length: 6 }, () => FileLock.acquire(path)));
  const won = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  assert.equal(won.length, 1);
  assert.equal(await won[0].lost(), undefined);
  for (const result of tries) {
    if (result.status === "fulfilled") continue;
    assert.ok(result.reason instanceof LockedError);
    assert.ok(result.reason.isHere);
    assert.match(result.reason.holder, new RegExp(`^process ${process.pid} on `));
  }
  await won[0].release();
  assert.deepEqual(await readdir(dir), []);
});

test("an unreadable lock holds for two minutes: its holder may be writing it", async () => {
  const path = join(dir, "b.lock");
  await writeFile(path, "");
  await assert.rejects(FileLock.acquire(path), { name: "LockedError", isHere: false });
  const longAgo = new Date(Date.now() - 130_000);
  await utimes(path, longAgo, longAgo);
  await (await FileLock.acquire(path)).release();
});

test("a lock that another took or removed is lost, and the other's is not released", async () => {
  const path = join(dir, "c.lock");
  const lock = await FileLock.acquire(path);
  const other = JSON.stringify({ pid: 9, host: "far", machine: "far away", started: "1", since: "today" });
  await writeFile(path, other);
  assert.equal(await lock.lost(), "process 9 on far, since today, has taken it over");
  await lock.release();
  assert.equal(await readFile(path, "utf8"), other);
  await rm(path);
  assert.equal(await lock.lost(), "its lock was removed");
});

test("a folder that is not there is told of", async () => {
  await assert.rejects(FileLock.acquire(join(dir, "none", "d.lock")), WriteError);
});
