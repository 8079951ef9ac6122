import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generateFaces } from "@amface/data";
import { encodeJpeg, readImage } from "@amface/images";
import { sharedData } from "../../../test/shared-data.ts";
import { encodeNpy } from "../src/embeddings/npy.ts";
import { COMMANDS, runProgram } from "../src/mod.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-clean-"));
  await generateFaces(join(dir, "faces"), { identities: 3, photos: 2, size: 64, seed: 4 });
});
after(() => rm(dir, { recursive: true }));

async function amface(...args: string[]) {
  let out = "";
  let err = "";
  const status = await runProgram(COMMANDS, args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}

/** Writes embeddings as `amface embed` does. */
async function writeEmbeddings(name: string, rows: Record<string, number[]>): Promise<string> {
  const values = Object.values(rows);
  const data = Float32Array.from(values.flat());
  const path = join(dir, `${name}.npy`);
  await writeFile(path, encodeNpy(data, [values.length, values[0].length]));
  await writeFile(join(dir, `${name}.json`), JSON.stringify(Object.keys(rows)));
  return path;
}

test("filter writes a row a photo and the list of what to leave out", async () => {
  const embeddings = await writeEmbeddings("noisy", {
    "a/1.png": [1, 0],
    "a/2.png": [1, 0.1],
    "a/3.png": [0, 1],
    "b/1.png": [0, 1],
  });
  const [table, list] = [join(dir, "filter.csv"), join(dir, "noise.txt")];
  const args = [
    "--embeddings",
    embeddings,
    "--filter-percentile",
    "80",
    "--output",
    table,
    "--exclude",
    list,
  ];
  const { status, out } = await amface("filter", ...args, "--json");
  assert.equal(status, 0);
  const { photos, kept, far } = JSON.parse(out);
  assert.deepEqual([photos, kept, far], [4, 3, 1]);
  const [header, ...rows] = (await readFile(table, "utf8")).trim().split("\n");
  assert.equal(header, "path,identity,distance,keep,reason");
  assert.match(rows[2], /^a\/3\.png,a,0\.\d{6},false,far$/);
  assert.equal(await readFile(list, "utf8"), "a/3.png\n");
});

test("filter refuses embeddings whose paths do not fit, or that are none", async () => {
  const embeddings = await writeEmbeddings("unfit", { "a/1.png": [1, 0], "a/2.png": [1, 0.1] });
  await writeFile(join(dir, "unfit.json"), '["a/1.png"]');
  const { status, err } = await amface("filter", "--embeddings", embeddings);
  assert.equal(status, 1);
  assert.match(err, /expected 2 paths, one an embedding, got 1/);
  await writeFile(embeddings, "no array");
  assert.match((await amface("filter", "--embeddings", embeddings)).err, /Cannot read the \.npy file/);
  assert.match(
    (await amface("filter", "--embeddings", join(dir, "none.npy"))).err,
    /Cannot read .*none\.(npy|json)/,
  );
});

test("overlap finds identities by name, by file and by face, and lists them for exclusion; what the folders lack does not count", async () => {
  const faces = join(dir, "faces");
  const tested = join(dir, "tested");
  for (const name of ["Face 00000", "other", "third"]) await mkdir(join(tested, name), { recursive: true });
  await writeFile(
    join(tested, "Face 00000", "1.jpg"),
    await encodeJpeg(await readImage(join(faces, "face00000", "face00000_0001.jpg")), 50),
  );
  await cp(join(faces, "face00001", "face00001_0002.jpg"), join(tested, "other", "1.jpg"));
  await writeFile(join(tested, "third", "1.jpg"), "no copy of anything");
  const ours = await writeEmbeddings("ours", {
    "face00000/a.png": [1, 0, 0],
    "face00001/a.png": [0, 1, 0],
    "face00002/a.png": [0, 0, 1],
    "gone/a.png": [0, 0.1, 1],
  });
  const theirs = await writeEmbeddings("theirs", { "third/1.png": [0, 0.1, 1], "absent/1.png": [1, 0, 0] });
  const [table, list] = [join(dir, "overlap.csv"), join(dir, "overlap.txt")];
  const { status, out, err } = await amface(
    ...[
      "overlap",
      "--input-dir",
      faces,
      "--lfw-dir",
      tested,
      "--embeddings",
      ours,
      "--lfw-embeddings",
      theirs,
    ],
    ...["--output", table, "--exclude", list, "--json"],
  );
  assert.equal(status, 0, err);
  const { names, files, faces: found, overlappingIdentities } = JSON.parse(out);
  assert.deepEqual([names, files, found, overlappingIdentities], [1, 1, 1, 3]);
  assert.match(err, /^2 of 3 identities have no embedding in .*theirs\.npy, such as Face 00000: /m);
  const rows = (await readFile(table, "utf8")).trim().split("\n");
  assert.deepEqual(rows.slice(0, 3), [
    "by,training,test,distance",
    "name,face00000,Face 00000,",
    "file,face00001/face00001_0002.jpg,other/1.jpg,",
  ]);
  assert.match(rows[3], /^embedding,face00002,third,0\.00\d+$/);
  assert.equal(await readFile(list, "utf8"), "face00000/\nface00001/\nface00002/\n");
  const half = await amface("overlap", "--input-dir", faces, "--lfw-dir", tested, "--embeddings", ours);
  assert.equal(half.status, 2);
});

test("duplicates finds a re-encoded copy under another name", async () => {
  const copies = join(dir, "copies");
  await cp(join(dir, "faces"), copies, { recursive: true });
  const original = await readImage(join(copies, "face00002", "face00002_0001.jpg"));
  await mkdir(join(copies, "stranger"));
  await writeFile(join(copies, "stranger", "1.jpg"), await encodeJpeg(original, 55));
  await writeFile(join(copies, "stranger", "2.jpg"), "no picture");
  const list = join(dir, "copies.txt");
  const { status, out, err } = await amface("duplicates", "--input-dir", copies, "--exclude", list, "--json");
  assert.equal(status, 0);
  const found = JSON.parse(out);
  assert.deepEqual([found.photos, found.skipped, found.copies, found.otherIdentity], [7, 1, 1, 1]);
  assert.equal(await readFile(list, "utf8"), "stranger/1.jpg\n");
  assert.match(err, /Skipped: Cannot read .*2\.jpg/);
});

test("datasets lists the cards, checks copies, and exits with 1 where one differs", async () => {
  const listed = await amface("datasets", "list");
  assert.equal(listed.status, 0);
  for (const name of ["casia-webface", "celeba", "generated", "lfw", "mtcnn", "vggface2"])
    assert.match(listed.out, new RegExp(`^${name} `, "m"));
  const faces = join(dir, "set");
  await cp(join(dir, "faces"), faces, { recursive: true });
  const whole = await amface("datasets", "check", "generated", faces);
  assert.deepEqual([whole.status, /^A complete copy/.test(whole.out)], [0, true]);
  await rm(join(faces, "face00001", "face00001_0001.jpg"));
  const partial = await amface("datasets", "check", "generated", faces);
  assert.equal(partial.status, 1);
  assert.match(partial.out, /^A partial copy .*\n(.*\n)*missing: face00001\/face00001_0001\.jpg$/m);
  assert.equal((await amface("datasets", "check", "generated", faces, "--partial")).status, 0);
  await writeFile(join(faces, "face00001", "mine.jpg"), "");
  const differs = await amface("datasets", "check", "generated", faces, "--partial", "--json");
  assert.equal(differs.status, 1);
  assert.deepEqual(JSON.parse(differs.out).check.extra, ["face00001/mine.jpg"]);
});

test("datasets get tells an unreachable address, and a set that it cannot fetch", async () => {
  const weights = join(dir, "mtcnn");
  const offline = await amface("datasets", "get", "mtcnn", weights, "--from", "http://127.0.0.1:9/");
  assert.equal(offline.status, 1);
  assert.match(
    offline.err,
    /Cannot get det1\.npy of mtcnn from .*by hand: put det1\.npy, .*--weights of amface align/,
  );
  assert.equal((await amface("datasets", "check", "mtcnn", weights)).status, 1);
  const { status, err } = await amface("datasets", "get", "lfw", dir);
  assert.equal(status, 1);
  assert.match(err, /Cannot get lfw: .*vis-www\.cs\.umass\.edu/);
  assert.equal((await amface("datasets", "get")).status, 2);
});

test("datasets get leaves the weights that are there and right", {
  skip: sharedData("weights") ? false : "needs ../shared/data",
}, async () => {
  const weights = join(dir, "weights");
  for (const file of ["det1.npy", "det2.npy", "det3.npy"])
    await cp(join(sharedData("weights")!, file), join(weights, file));
  const { status, out } = await amface("datasets", "get", "mtcnn", weights, "--from", "http://127.0.0.1:9/");
  assert.equal(status, 0);
  assert.equal(out.match(/already there, its checksum is right/g)?.length, 3);
  const checked = await amface("datasets", "check", "mtcnn", weights);
  assert.deepEqual([checked.status, /^A complete copy/.test(checked.out)], [0, true]);
});

test("datasets tells a wrong call", async () => {
  assert.equal((await amface("datasets", "check", "lfw")).status, 2);
  const { status, err } = await amface("datasets", "check", "lfv", dir);
  assert.equal(status, 2);
  assert.match(err, /Cannot check lfv: expected one of casia-webface, .*lfw/);
  assert.equal((await amface("datasets", "check", "lfw", join(dir, "absent"))).status, 1);
});
