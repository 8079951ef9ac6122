import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readImage } from "@amface/images";
import { COMMANDS, runProgram } from "../src/mod.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-generate-"));
});
after(() => rm(dir, { recursive: true }));

async function generate(...args: string[]) {
  let out = "";
  let err = "";
  const status = await runProgram(COMMANDS, ["generate", ...args, "--json"], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, err, result: status === 0 ? JSON.parse(out) : undefined };
}

test("generate writes faces, and crops that are a little off as a detector's would be", async () => {
  const people = ["--identities", "2", "--photos", "2", "--size", "64", "--seed", "3"];
  const faces = ["--output-dir", join(dir, "faces"), ...people, "--image-size", "28,24"];
  const { status, err, result } = await generate(...faces, "--crops-dir", join(dir, "crops"));
  assert.equal(status, 0, err);
  assert.equal(result.photos, 4);
  const name = join("face00001", "face00001_0002.png");
  const crop = await readImage(join(dir, "crops", name));
  assert.deepEqual([crop.height, crop.width], [28, 24]);
  await generate(...faces, "--crops-dir", join(dir, "exact"), "--landmark-noise", "0");
  const exact = await readImage(join(dir, "exact", name));
  assert.notDeepEqual(crop.data, exact.data);
  await generate(...faces, "--crops-dir", join(dir, "again"), "--threads", "1");
  assert.deepEqual((await readImage(join(dir, "again", name))).data, crop.data);

  // Crops are kept by their names, so a folder holds crops of one kind only.
  const more = await generate(...faces, "--crops-dir", join(dir, "crops"), "--photos", "3");
  assert.deepEqual([more.status, more.result?.photos], [0, 6]);
  for (const other of [
    ["--image-size", "14,12"],
    ["--landmark-noise", "0"],
  ]) {
    const { status, err } = await generate(...faces, "--crops-dir", join(dir, "crops"), ...other);
    assert.equal(status, 1);
    assert.match(
      err,
      /Cannot generate crops in .*: expected an empty folder or crops of .*, got .*; choose another/,
    );
  }
});

test("generate crops photos again that were replaced, and tells of crops whose photo is gone", async () => {
  const [faces, crops] = [join(dir, "replaced"), join(dir, "replaced-crops")];
  const people = ["--output-dir", faces, "--identities", "2", "--photos", "2", "--size", "64"];
  const both = [...people, "--image-size", "28,24", "--crops-dir", crops];
  await generate(...both);
  const crop = join(crops, "face00000", "face00000_0001.png");
  const right = await readFile(crop);
  await cp(join(crops, "face00001", "face00001_0001.png"), crop);
  const long = new Date(Date.now() - 60_000);
  await utimes(crop, long, long); // older than its photo
  await rm(join(faces, "face00001", "face00001_0002.jpg"));
  const { status, err } = await generate(...both, "--identities", "1");
  assert.equal(status, 0, err);
  assert.deepEqual(await readFile(crop), right);
  assert.match(err, /1 crops in .* are of no photo that is there, such as face00001\/face00001_0002\.png/);
});

test("generate writes scenes of several people", async () => {
  const scenes = join(dir, "scenes");
  const { result } = await generate("--output-dir", scenes, "--scenes", "2", "--faces", "3");
  assert.equal(result.photos, 2);
  assert.deepEqual((await readdir(scenes)).sort(), [
    "generator.json",
    "scene00000.jpg",
    "scene00001.jpg",
    "scenes.json",
  ]);
  const [face] = JSON.parse(await readFile(join(scenes, "scenes.json"), "utf8"))["scene00001.jpg"];
  assert.deepEqual(Object.keys(face), ["identity", "landmarks", "box", "visible"]);
});

test("generate crops no scenes", async () => {
  const { status, err } = await generate("--output-dir", dir, "--scenes", "1", "--crops-dir", dir);
  assert.equal(status, 2);
  assert.match(err, /Cannot take --scenes and --crops-dir together/);
});
