import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readImage, writePng } from "@amface/images";
import { encodeNpy } from "../src/embeddings/npy.ts";
import { runHere } from "./run-here.ts";

let dir: string;
let embeddings: string;
const PATHS = ["a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.png", "c/1.png"];
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-cluster-"));
  embeddings = join(dir, "e.npy");
  const rows = [
    [1, 0, 0],
    [1, 0.1, 0],
    [0, 1, 0],
    [0, 1, 0.1],
    [0, 1, 0.2],
    [0, 0, 1],
  ];
  await writeFile(embeddings, encodeNpy(Float32Array.from(rows.flat()), [6, 3]));
  await writeFile(join(dir, "e.json"), JSON.stringify(PATHS));
  for (const [i, path] of PATHS.entries())
    await writePng(join(dir, "photos", path), {
      data: new Uint8Array(12 * 10 * 3).fill(40 * i),
      width: 10,
      height: 12,
    });
});
after(() => rm(dir, { recursive: true }));

const amface = (...args: string[]) => runHere(args);

test("cluster groups photos, tells how well by their folders, and writes a table, folders and a sheet", async () => {
  const [table, people, sheet] = ["clusters.csv", "people", "sheet.png"].map((name) => join(dir, name));
  const args = ["--embeddings", embeddings, "--threshold", "0.5", "--score"];
  const outputs = ["--output", table, "--input-dir", join(dir, "photos"), "--sheet", sheet];
  for (const method of ["average", "whispers", "mutual"]) {
    const folders = join(people, method);
    const given = [...args, ...outputs, "--output-dir", folders, "--method", method, "--json"];
    const { status, out, err } = await amface("cluster", ...given);
    assert.equal(status, 0, err);
    const { photos, clusters, largest, alone, score } = JSON.parse(out);
    assert.deepEqual([photos, clusters, largest, alone, score.f], [6, 3, 3, 1, 1]);
    assert.equal(
      await readFile(table, "utf8"),
      "path,cluster,size\nb/1.png,1,3\nb/2.png,1,3\nb/3.png,1,3\na/1.png,2,2\na/2.png,2,2\nc/1.png,3,1\n",
    );
    assert.deepEqual((await readdir(folders)).sort(), ["cluster-1", "cluster-2", "cluster-3"]);
    assert.deepEqual((await readdir(join(folders, "cluster-2", "a"))).sort(), ["1.png", "2.png"]);
    // Three rows of twelve, 4 pixels apart.
    const { width, height } = await readImage(sheet);
    assert.deepEqual([width, height], [4 + 12 * 14, 4 + 3 * 16]);
  }
});

test("cluster warns where lists of neighbours were cut off", async () => {
  const args = ["cluster", "--embeddings", embeddings, "--threshold", "0.5"];
  assert.doesNotMatch((await amface(...args)).err, /neighbours/);
  const { status, err } = await amface(...args, "--neighbours", "1");
  assert.equal(status, 0, err);
  assert.match(err, /5 of 6 photos have 1 neighbours or more within the threshold: .*raise --neighbours/);
});

test("cluster wants one threshold, and the photos' folder where it shows them", async () => {
  const refused = async (message: RegExp, ...args: string[]) => {
    const { status, err } = await amface("cluster", "--embeddings", embeddings, ...args);
    assert.equal(status, 2);
    assert.match(err, message);
  };
  await refused(/expected one of --threshold and --card, got neither/);
  await refused(/expected one of --threshold and --card, got both/, "--threshold", "1", "--card", "x.json");
  await refused(
    /expected --input-dir beside --output-dir and --sheet/,
    "--threshold",
    "1",
    "--sheet",
    "s.png",
  );
});

test("cluster --output-dir keeps photos apart whose names differ by a slash alone, and fills an empty folder only", async () => {
  const [file, photos, folders] = ["two.npy", "slashes", "apart"].map((name) => join(dir, name));
  await writeFile(file, encodeNpy(Float32Array.of(1, 0, 1, 0.1), [2, 2]));
  const write = (paths: string[]) => writeFile(join(dir, "two.json"), JSON.stringify(paths));
  const paths = ["a/b_c.png", "a_b/c.png"];
  await write(paths);
  for (const [i, path] of paths.entries())
    await writePng(join(photos, path), { data: new Uint8Array(27).fill(100 * i), width: 3, height: 3 });
  const args = ["--embeddings", file, "--threshold", "0.5", "--input-dir", photos, "--output-dir", folders];
  const { status, err } = await amface("cluster", ...args);
  assert.equal(status, 0, err);
  for (const path of paths)
    assert.deepEqual(
      await readFile(join(folders, "cluster-1", path)),
      await readFile(join(photos, path)),
      path,
    );
  const again = await amface("cluster", ...args);
  assert.equal(again.status, 1);
  assert.match(again.err, /Cannot copy into .*apart: expected an empty folder or none, got cluster-1 in it/);
  await write(["a/b_c.png", "../out.png"]);
  const out = await amface("cluster", ...args.slice(0, -1), join(dir, "outside"));
  assert.match(out.err, /Cannot copy \.\.\/out\.png: expected a path below --input-dir/);
});
