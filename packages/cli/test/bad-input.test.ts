import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writePng } from "@amface/images";
import { writeSafetensors } from "@amface/nets";

const MAIN = join(import.meta.dirname, "..", "src", "main.ts");

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-bad-input-"));
});
after(() => rm(dir, { recursive: true }));

/** Runs the command from its sources in a process of its own, its output to a pipe or to a file. */
async function amface(args: readonly string[], stdout: "pipe" | number = "pipe") {
  let out = "";
  const child = spawn(process.execPath, ["--conditions=@amface/source", MAIN, ...args], {
    stdio: ["ignore", stdout, "pipe"],
  });
  let err = "";
  child.stdout?.on("data", (chunk) => (out += chunk));
  child.stderr?.on("data", (chunk) => (err += chunk));
  const status = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  assert.doesNotMatch(err, /\n\s+at /);
  return { status, out, err };
}

test("train takes a config that is a JSON object, a byte order mark before it or not, and nothing else", async () => {
  const config = join(dir, "config.json");
  for (const text of ["", "hello", "null", "[]", '"text"', "3"]) {
    await writeFile(config, text);
    const { status, err } = await amface(["train", "--data-dir", dir, "--config", config]);
    assert.equal(status, 2, text);
    assert.match(err, /Cannot read the config .*config\.json: expected a JSON object, /);
  }
  await writeFile(config, '\uFEFF{"batchsize": 4}');
  const { status, err } = await amface(["train", "--data-dir", dir, "--config", config]);
  assert.equal(status, 2);
  assert.match(err, /there is no option batchsize; the nearest is batchSize/);
});

test("eval names the file that a run without a model lacks", async () => {
  const run = join(dir, "unfinished");
  await mkdir(join(dir, "crops", "A"), { recursive: true });
  for (const name of ["A_0001.png", "A_0002.png"]) await writeFile(join(dir, "crops", "A", name), "");
  await mkdir(join(dir, "crops", "B"));
  await writeFile(join(dir, "crops", "B", "B_0001.png"), "");
  await mkdir(run);
  const pairs = join(dir, "pairs.txt");
  await writeFile(pairs, "1\t1\nA\t1\t2\nA\t1\tB\t1\n");
  const { status, err } = await amface([
    ...["eval", "--model", run, "--engine", "cpu"],
    ...["--lfw-dir", join(dir, "crops"), "--lfw-pairs", pairs],
  ]);
  assert.equal(status, 1);
  assert.match(
    err,
    /Cannot load a model from .*unfinished: expected .*model\.safetensors, got nothing there/,
  );
});

test("embed takes --net only with weights of another program", async () => {
  const [crops, saved] = [join(dir, "faces"), join(dir, "saved.safetensors")];
  await mkdir(join(crops, "A"), { recursive: true });
  await writeFile(join(crops, "A", "A_0001.png"), "");
  await writeSafetensors(saved, [], { net: "resface20" });
  for (const [model, got] of [
    [saved, "a saved resface20"],
    [dir, "a directory"],
  ]) {
    const { status, err } = await amface([
      ...["embed", "--model", model, "--net", "mobilefacenet", "--engine", "cpu"],
      ...["--input-dir", crops, "--output", join(dir, "a.npy")],
    ]);
    assert.equal(status, 1);
    assert.match(
      err,
      new RegExp(`expected weights of another program with --net, got ${got}; leave --net out`),
    );
  }
});

test("a result that does not fit on the disk is a failure in one line", {
  skip: existsSync("/dev/full") ? false : "needs /dev/full",
}, async () => {
  const table = join(dir, "table.csv");
  await writeFile(table, "1,0.1\n0,1.9\n1,0.2\n0,1.8\n");
  const full = await open("/dev/full", "w");
  try {
    const { status, err } = await amface(["eval", "--distances", table, "--folds", "2"], full.fd);
    assert.equal(status, 1);
    assert.match(err, /^amface.*: .*(ENOSPC|No space left)/m);
  } finally {
    await full.close();
  }
});

test("detect tells the faces of the photos that it could read, what is wrong with the others, and fails", async () => {
  const [good, empty] = [join(dir, "good.png"), join(dir, "empty.jpg")];
  await writePng(good, { data: new Uint8Array(40 * 40 * 3).fill(90), width: 40, height: 40 });
  await writeFile(empty, "");
  const { status, out } = await amface(["detect", empty, good, join(dir, "missing.jpg"), "--json"]);
  assert.equal(status, 1);
  const [first, second, third] = JSON.parse(out);
  assert.match(first.error, /empty\.jpg/);
  assert.deepEqual(second, { path: good, faces: [] });
  assert.match(third.error, /missing\.jpg/);
  assert.deepEqual([first.faces, third.faces], [[], []]);
});

test("eval tells of folds that do not divide the list before it looks for model or photos", async () => {
  const pairs = join(dir, "three-folds.txt");
  const lines = ["a", "b", "c"].map((name) => `${name}\t1\t2\n${name}\t1\tother\t1\n`).join("");
  await writeFile(pairs, `3\t1\n${lines}`);
  const args = ["--model", join(dir, "no-model"), "--lfw-dir", dir, "--lfw-pairs", pairs, "--folds", "4"];
  const { status, err } = await amface(["eval", ...args]);
  assert.equal(status, 1);
  assert.match(
    err,
    /three-folds\.txt in 4 folds: expected a number that divides its 6 pairs; leave --folds out/,
  );
});
