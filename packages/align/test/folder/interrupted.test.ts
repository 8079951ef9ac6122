import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readManifest } from "@amface/align";
import { encodeJpeg } from "@amface/images";
import { sharedData } from "../../../../test/shared-data.ts";
import { slow } from "../../../../test/slow.ts";
import { pattern } from "../pattern.ts";

const PROGRAM = join(import.meta.dirname, "..", "programs", "align-folder.ts");

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "amface-interrupted-"));
});
after(() => rm(root, { recursive: true }));

interface Options {
  inputDir: string;
  outputDir: string;
  weights?: string;
  workers?: number;
  all?: boolean;
  shard?: { index: number; count: number };
}

function start(options: Options): ChildProcess {
  const args = ["--conditions=@amface/source", PROGRAM, JSON.stringify(options)];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Waits for the end; gives the signal that brought it, or the exit status. */
const ended = (child: ChildProcess) =>
  new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("close", (status, signal) => resolve(signal ?? status ?? -1));
  });

/** Every file below a folder with its bytes. */
async function contents(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(
      files
        .sort()
        .map(async (path) => [path.slice(dir.length), (await readFile(path)).toString("base64")] as const),
    ),
  );
}

const crops = async (dir: string) =>
  (await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".png") && !name.includes(".tmp"))
    .length;

/** Kills a run as soon as so many crops are there, or in the write after; returns how many there were then. */
async function killAt(count: number, options: Options, inWrite = false): Promise<number> {
  const child = start(options);
  const end = ended(child);
  let seen = 0;
  while (seen < count && child.exitCode === null) {
    await sleep(2);
    seen = await crops(options.outputDir).catch(() => 0);
  }
  while (inWrite && child.exitCode === null && (await temporaries(options.outputDir)) === 0);
  child.kill("SIGKILL");
  assert.equal(await end, "SIGKILL", "the run was over before it could be killed");
  return seen;
}

const temporaries = async (dir: string) =>
  (await readdir(dir, { recursive: true }).catch(() => [])).filter((name) => name.endsWith(".tmp")).length;

async function photos(name: string, count: number): Promise<string> {
  const dir = join(root, name);
  for (let i = 0; i < count; i++) {
    const path = join(dir, `person ${i % 7}`, `${i}.jpg`);
    await mkdir(join(path, ".."), { recursive: true });
    const jpeg = await encodeJpeg(pattern(60 + (i % 40), 50), 90);
    await writeFile(path, i % 31 === 5 ? jpeg.subarray(0, 900) : jpeg);
  }
  return dir;
}

test("alignFolder() killed at any moment goes on, and ends as if it never had been", {
  timeout: 120_000,
}, async () => {
  const inputDir = await photos("killed", 170);
  const whole = join(root, "killed-whole");
  assert.equal(await ended(start({ inputDir, outputDir: whole, workers: 0 })), 0);
  const outputDir = join(root, "killed-out");
  const options = { inputDir, outputDir, workers: 0 };
  const seen: number[] = [];
  for (const count of [0, 1, 150]) seen.push(await killAt(count, options));
  assert.ok(seen.at(-1)! >= 150);
  assert.ok((await readManifest(join(outputDir, "manifest.csv"))).length >= 100);
  // Killed in the middle of a write: of a crop, the manifest, the record and a sheet.
  const half = Buffer.from("half of a f");
  for (const path of ["person 0/.0.png", ".manifest.csv", ".alignment.json", ".contact-sheet.png"]) {
    await writeFile(join(outputDir, `${path}.0123abcd.tmp`), half);
  }
  assert.equal(await ended(start(options)), 0);
  assert.deepEqual(await contents(outputDir), await contents(whole));
});

test("alignFolder() in shards at the same time, one of them killed, joined: equals one run", {
  timeout: 120_000,
}, async () => {
  const inputDir = await photos("shards", 60);
  const whole = join(root, "shards-whole");
  assert.equal(await ended(start({ inputDir, outputDir: whole, workers: 0, all: true })), 0);
  const outputDir = join(root, "shards-out");
  const shard = (index: number) => ({
    inputDir,
    outputDir,
    workers: 0,
    all: true,
    shard: { index, count: 3 },
  });
  const children = [1, 2, 3].map((index) => start(shard(index)));
  const ends = children.map(ended);
  while ((await crops(outputDir).catch(() => 0)) < 10) await sleep(2);
  children[1].kill("SIGKILL");
  assert.deepEqual(await Promise.all(ends), [0, "SIGKILL", 0]);
  // What a shard that is at work has under way is left to it.
  const foreign = join(outputDir, ".manifest-3-of-3.csv.0123abcd.tmp");
  await writeFile(foreign, "");
  assert.equal(await ended(start(shard(2))), 0);
  assert.deepEqual(
    [...(await contents(outputDir)).keys()].filter((name) => name.includes(".tmp")),
    ["/.manifest-3-of-3.csv.0123abcd.tmp"],
  );
  await rm(foreign);
  const before = await contents(outputDir);
  const names = ["manifest.csv", "manifest.arrow", "summary.json", "contact-sheet.png", "failures.png"];
  assert.ok(names.every((name) => !before.has(`/${name}`)));
  assert.equal(await ended(start({ inputDir, outputDir, workers: 0, all: true })), 0);
  const joined = await contents(outputDir);
  for (const name of joined.keys()) if (/-\d-of-3\./.test(name)) joined.delete(name);
  assert.deepEqual(joined, await contents(whole));
});

const weights = sharedData("weights");
const skip = !slow() ? "slow: run with AMFACE_SLOW=1" : weights ? false : "needs ../shared/data";

test("alignFolder() with worker threads on real photos, killed ten times, equals an undisturbed run", {
  skip,
  timeout: 600_000,
}, async (t) => {
  const lfw = sharedData("lfw", "images") as string;
  const inputDir = join(root, "lfw");
  let count = 0;
  for (const person of (await readdir(lfw)).sort()) {
    await cp(join(lfw, person), join(inputDir, person), { recursive: true });
    count += (await readdir(join(lfw, person))).length;
    if (count >= 300) break;
  }
  const whole = join(root, "lfw-whole");
  const options = { inputDir, weights: weights as string, workers: 2 };
  assert.equal(await ended(start({ ...options, outputDir: whole })), 0);
  const outputDir = join(root, "lfw-out");
  const left: number[] = [];
  for (const [i, count] of [0, 10, 40, 80, 110, 140, 180, 210, 240, 280].entries()) {
    await killAt(count, { ...options, outputDir }, i % 2 === 1);
    left.push(await temporaries(outputDir));
  }
  t.diagnostic(`temporary files after each kill: ${left}`);
  assert.equal(await ended(start({ ...options, outputDir })), 0);
  assert.deepEqual(await contents(outputDir), await contents(whole));
});
