import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ENGINES } from "@amface/engine";
import { MARK, tryEngine } from "../../src/doctor/try-engine.ts";

const folder = await mkdtemp(join(tmpdir(), "amface-doctor-"));
after(() => rm(folder, { recursive: true }));
const engine = ENGINES.find(({ name }) => name === "cpu")!;

async function tried(body: string) {
  const file = join(folder, `${Math.abs(hash(body))}.mjs`);
  await writeFile(file, body);
  return tryEngine(engine, 0, AbortSignal.timeout(30_000), file);
}

const hash = (text: string) => [...text].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) | 0, 7);

test("tryEngine() tries an engine in a process of its own", async () => {
  const { works, speed } = await tryEngine(engine, 0.1, AbortSignal.timeout(30_000));
  assert.ok(works);
  assert.ok(speed!.matMul > 0 && speed!.conv2d > 0);
});

test("an engine that brings its process down does not work, and the end is the reason", async () => {
  const killed = await tried('process.kill(process.pid, "SIGABRT"); setTimeout(() => {}, 1e4);');
  assert.equal(killed.works, false);
  assert.match(killed.reason!, /ended by SIGABRT/);
  const failed = await tried('console.error("no such device"); process.exit(3);');
  assert.match(failed.reason!, /ended with status 3: no such device/);
});

test("libraries that TensorFlow tells only its console join the reason", async () => {
  const probe = JSON.stringify({ works: false, reason: "expected a CUDA device" });
  const log = "W tensorflow: Could not load dynamic library 'libcudart.so.11.0'; dlerror: no such file";
  const { reason } = await tried(
    `console.error(${JSON.stringify(log)}); console.log(${JSON.stringify(MARK + probe)});`,
  );
  assert.equal(reason, "expected a CUDA device; it could not load libcudart.so.11.0");
});
