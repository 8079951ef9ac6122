import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { faceLandmarks, generateFaces, identityFolder, sourceStats } from "@amface/data";
import { readImage } from "@amface/images";
import { temporaryFolder } from "../crops.ts";

const SET = { identities: 3, photos: 2, size: 48, seed: 5 };

test("generateFaces() writes an identity folder with the landmarks of every photo", async () => {
  const dir = join(await temporaryFolder(), "faces");
  const progress: string[] = [];
  await generateFaces(dir, { ...SET, onProgress: ({ done, total }) => progress.push(`${done}/${total}`) });
  const source = await identityFolder(dir);
  assert.deepEqual(source.identities, ["face00000", "face00001", "face00002"]);
  assert.equal(sourceStats(source).photos, 6);
  assert.deepEqual(progress, ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]);
  for (const { path } of source.files) {
    const { width, height } = await readImage(path);
    assert.deepEqual([width, height], [48, 48]);
  }
  const landmarks = JSON.parse(await readFile(join(dir, "landmarks.json"), "utf8"));
  assert.equal(Object.keys(landmarks).length, 6);
  const expected = faceLandmarks(2, 1, { size: 48, seed: 5 });
  assert.deepEqual(
    landmarks["face00002/face00002_0001.jpg"],
    expected.map((point) => [...point]),
  );
});

test("generateFaces() writes the same files with any number of threads", async () => {
  const root = await temporaryFolder();
  const [alone, threads] = [join(root, "alone"), join(root, "threads")];
  await generateFaces(alone, SET);
  await generateFaces(threads, { ...SET, workers: 2 });
  const names = (await readdir(alone, { recursive: true })).filter((name) => name.includes("."));
  assert.equal(names.length, 8);
  for (const name of names)
    assert.deepEqual(await readFile(join(threads, name)), await readFile(join(alone, name)), name);
  await assert.rejects(generateFaces(join(root, "none"), { ...SET, workers: -1 }), /expected workers/);
});

test("generateFaces() completes an interrupted set and keeps the photos that are there", async () => {
  const root = await temporaryFolder();
  const [whole, parted] = [join(root, "whole"), join(root, "parted")];
  await generateFaces(whole, SET);
  const stop = new AbortController();
  const interrupted = generateFaces(parted, {
    ...SET,
    signal: stop.signal,
    onProgress: ({ done }) => done === 2 && stop.abort(new Error("enough")),
  });
  await assert.rejects(interrupted, /enough/);
  const before = (await readdir(parted, { recursive: true })).filter((name) => name.endsWith(".jpg"));
  assert.ok(before.length >= 2 && before.length < 6, `${before.length} photos`);
  assert.ok(!(await readdir(parted)).includes("landmarks.json"));
  const kept = join(parted, before[0]);
  const { mtimeMs } = await stat(kept);
  await generateFaces(parted, SET);
  assert.equal((await stat(kept)).mtimeMs, mtimeMs);
  const names = (await readdir(whole, { recursive: true })).sort();
  assert.deepEqual((await readdir(parted, { recursive: true })).sort(), names);
  for (const name of names.filter((n) => n.includes("."))) {
    assert.deepEqual(await readFile(join(parted, name)), await readFile(join(whole, name)), name);
  }
});

test("generateFaces() draws photos again that were written to after the set was finished, and forgets those that are gone", async () => {
  const dir = await temporaryFolder();
  await generateFaces(dir, SET);
  const [altered, gone] = ["face00000/face00000_0001.jpg", "face00002/face00002_0002.jpg"];
  const whole = await readFile(join(dir, altered));
  await writeFile(join(dir, altered), "another picture");
  const later = new Date(Date.now() + 5000);
  await utimes(join(dir, altered), later, later);
  await rm(join(dir, gone));
  const kept = await stat(join(dir, "face00001/face00001_0001.jpg"));
  await generateFaces(dir, { ...SET, identities: 2 });
  assert.deepEqual(await readFile(join(dir, altered)), whole);
  assert.equal((await stat(join(dir, "face00001/face00001_0001.jpg"))).mtimeMs, kept.mtimeMs);
  const landmarks = JSON.parse(await readFile(join(dir, "landmarks.json"), "utf8"));
  assert.equal(Object.keys(landmarks).length, 5);
  assert.ok(!(gone in landmarks));
});

test("generateFaces() enlarges a set, and begins at any person", async () => {
  const dir = await temporaryFolder();
  await generateFaces(dir, { ...SET, identities: 1 });
  await generateFaces(dir, { ...SET, firstIdentity: 1, identities: 2 });
  const { identities } = await identityFolder(dir);
  assert.deepEqual(identities, ["face00000", "face00001", "face00002"]);
  const landmarks = JSON.parse(await readFile(join(dir, "landmarks.json"), "utf8"));
  assert.equal(Object.keys(landmarks).length, 6);
});

test("generateFaces() refuses a folder of something else, and counts out of range", async () => {
  const dir = await temporaryFolder();
  await generateFaces(dir, { ...SET, identities: 1, photos: 1 });
  await assert.rejects(
    generateFaces(dir, { ...SET, seed: 6 }),
    /Cannot generate faces in .*"seed":6.*"seed":5/s,
  );
  const other = await temporaryFolder();
  await writeFile(join(other, "notes.txt"), "mine");
  await assert.rejects(generateFaces(other, SET), /expected an empty folder/);
  assert.deepEqual(await readdir(other), ["notes.txt"]);
  await rm(join(other, "notes.txt"));
  await assert.rejects(
    generateFaces(other, { ...SET, photos: 0 }),
    /expected photos to be an integer >= 1, got 0/,
  );
  await assert.rejects(generateFaces(join(dir, "generator.json", "x"), SET), /generator\.json/);
});
