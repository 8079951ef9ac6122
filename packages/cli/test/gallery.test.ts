import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignFace } from "@amface/align";
import { renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import { ALIGNMENT_FILE, writePng } from "@amface/images";
import { createNet, saveNet } from "@amface/nets";
import { ALIGNMENT_RECORD } from "../../../test/alignment-record.ts";
import { runHere } from "./run-here.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-people-"));
  await useEngine("onnx");
  await saveNet(createNet("resface-small", { seed: 1, imageSize: [32, 32] }), join(dir, "net.safetensors"));
  for (const [person, name] of ["ann", "bob", "cat", "stranger"].entries()) {
    for (const photo of [1, 2]) {
      const { image, landmarks } = renderFace(person, photo);
      const crop = alignFace(image, landmarks, { height: 32, width: 32 });
      const folder = name === "stranger" ? "." : "staff";
      await writePng(join(dir, folder, name, `${photo}.png`), crop);
    }
  }
  await writeFile(join(dir, "staff", "bob", "3.png"), "no picture");
  const card = {
    ...{
      format: "amface-threshold-card",
      version: 1,
      model: "net",
      flip: "concat",
      alignment: null,
      warnings: [],
    },
    metric: "squared distance of L2-normalised embeddings",
    measured: { pairs: "made up", same: 10, different: 10, resampled: "pairs", level: 0.95 },
    // Only what is the same photo lies below.
    thresholds: [{ far: 1e-3, threshold: 1e-5, interval: [1e-5, 1e-5], tar: 1, tarInterval: [1, 1] }],
  };
  await writeFile(join(dir, "net.thresholds.json"), JSON.stringify(card));
});
after(() => rm(dir, { recursive: true }));

const amface = (command: string, ...args: string[]) =>
  run(command, ...args, "--gallery", join(dir, "staff.arrow"), "--model", join(dir, "net.safetensors"));

async function run(...args: string[]) {
  const { status, out, err } = await runHere([...args, "--engine", "onnx", "--json"]);
  return { status, err, result: status === 0 ? JSON.parse(out) : undefined };
}

const LONG = { timeout: 120_000 };

test(
  "identify tells who of an enrolled folder photos show, and of others that they are unknown",
  LONG,
  async () => {
    const { status, err, result } = await amface("enrol", "--input-dir", join(dir, "staff"));
    assert.equal(status, 0, err);
    assert.deepEqual([result.people, result.photos, result.added, result.skipped], [3, 6, 6, 1]);
    assert.match(err, /Skipped: .*3\.png/);

    const photos = ["staff/bob/2.png", "stranger/1.png"].map((path) => join(dir, path));
    const { result: found } = await amface("identify", ...photos, "--top", "2");
    const [bob, stranger] = found.photos;
    assert.deepEqual(
      [bob.name, bob.decision, bob.matches[0].name, bob.matches.length],
      ["bob", "same", "bob", 2],
    );
    assert.ok(bob.matches[0].distance < 1e-5 && bob.matches[0].path.endsWith("2.png"));
    assert.deepEqual([stranger.name, stranger.decision, stranger.matches.length], [null, "different", 2]);

    const { result: left } = await amface("enrol", "--rename", "bob=rob", "--remove", "ann", "--compact");
    assert.deepEqual([left.people, left.photos], [2, 4]);
    const { result: renamed } = await amface("identify", photos[0]);
    assert.equal(renamed.photos[0].name, "rob");
    // Enrolled again, the same photos are there once.
    const { result: again } = await amface("enrol", "--input-dir", join(dir, "staff"));
    assert.deepEqual([again.people, again.photos], [4, 8]);
    assert.equal((await amface("enrol", "--remove", "nobody")).status, 1);
    assert.equal((await amface("enrol")).status, 2);
    const before = await readFile(join(dir, "staff.arrow"));
    for (const name of ["x", "a=b=c", "=b"]) {
      const refused = await amface("enrol", "--rename", name, "--input-dir", join(dir, "staff"));
      assert.equal(refused.status, 2);
      assert.match(refused.err, /expected OLD=NEW, got/);
    }
    assert.deepEqual(await readFile(join(dir, "staff.arrow")), before);
  },
);

test(
  "enrol and identify take the shipped embedder without --model, and make the gallery's folder",
  LONG,
  async () => {
    const people = join(dir, "rendered");
    for (const [person, name] of ["ann", "bob"].entries())
      await writePng(join(people, name, "1.png"), renderFace(person, 1, { size: 200 }).image);
    const gallery = ["--gallery", join(dir, "new", "folder", "people.arrow")];
    const { status, err, result } = await run("enrol", "--input-dir", people, ...gallery);
    assert.equal(status, 0, err);
    assert.deepEqual([result.people, result.added], [2, 2]);
    const found = await run("identify", join(people, "bob", "1.png"), ...gallery);
    assert.equal(found.status, 0, found.err);
    assert.equal(found.result.photos[0].name, "bob");
  },
);

test(
  "enrol leaves out a whole batch that shows nobody, and fails once at the end where nobody is left",
  LONG,
  async () => {
    const broken = join(dir, "broken");
    const photo = (i: number) => join(broken, "aaron", `${i}.png`);
    await mkdir(join(broken, "aaron"), { recursive: true });
    for (let i = 0; i < 70; i++) await writeFile(photo(i), "no picture");
    const args = ["enrol", "--model", join(dir, "net.safetensors"), "--gallery", join(dir, "broken.arrow")];
    const none = await run(...args, "--input-dir", broken);
    assert.equal(none.status, 1);
    assert.match(none.err, /expected a face in one of 70 photos, got none/);
    await assert.rejects(stat(join(dir, "broken.arrow")), { code: "ENOENT" });
    const { image, landmarks } = renderFace(1, 1);
    const crop = alignFace(image, landmarks, { height: 32, width: 32 });
    await writePng(join(broken, "zoe", "1.png"), crop);
    const { status, err, result } = await run(...args, "--input-dir", broken);
    assert.equal(status, 0, err);
    assert.deepEqual([result.people, result.added, result.skipped], [1, 1, 70]);
  },
);

test(
  "enrol and identify tell of crops aligned otherwise than those of the model and of the card",
  LONG,
  async () => {
    const model = join(dir, "aligned.safetensors");
    const net = createNet("resface-small", { seed: 1, imageSize: [32, 32] });
    await saveNet(net, model, { alignment: JSON.stringify(ALIGNMENT_RECORD) });
    const card = JSON.parse(await readFile(join(dir, "net.thresholds.json"), "utf8"));
    const other = { ...ALIGNMENT_RECORD, minSize: 40 };
    await writeFile(
      join(dir, "aligned.thresholds.json"),
      JSON.stringify({ ...card, alignment: ALIGNMENT_RECORD }),
    );
    await writeFile(join(dir, "other.json"), JSON.stringify({ ...card, alignment: other }));
    const crops = join(dir, "crops");
    const { image, landmarks } = renderFace(1, 1);
    await writePng(join(crops, "bob", "1.png"), alignFace(image, landmarks, { height: 32, width: 32 }));
    const args = ["--model", model, "--gallery", join(dir, "aligned.arrow")];
    const record = (each: object) => writeFile(join(crops, ALIGNMENT_FILE), JSON.stringify(each));
    await record(other);
    const mismatch = await run("enrol", "--input-dir", crops, ...args);
    assert.equal(mismatch.status, 1);
    assert.match(mismatch.err, /got minSize 40 instead of 20/);
    await record(ALIGNMENT_RECORD);
    assert.equal((await run("enrol", "--input-dir", crops, ...args)).status, 0);
    const photo = join(crops, "bob", "1.png");
    const found = await run("identify", photo, ...args);
    assert.equal(found.status, 0, found.err);
    const refused = await run("identify", photo, ...args, "--card", join(dir, "other.json"));
    assert.equal(refused.status, 1);
    assert.match(refused.err, /aligned like those that it was measured on, got minSize 20 instead of 40/);
  },
);

test("enrol looks whether the gallery can be written before it embeds", LONG, async () => {
  const gallery = join(dir, "net.safetensors", "g.arrow");
  const input = ["--input-dir", join(dir, "staff"), "--model", join(dir, "net.safetensors")];
  const { status, err } = await run("enrol", "--gallery", gallery, ...input);
  assert.equal(status, 1);
  assert.match(err, /expected a folder at/);
  assert.doesNotMatch(err, /Skipped/);
});

test(
  "enrol joins mirrored crops as the model's card does, and identify says which of the three differs",
  LONG,
  async () => {
    const model = join(dir, "sum.safetensors");
    await copyFile(join(dir, "net.safetensors"), model);
    const card = JSON.parse(await readFile(join(dir, "net.thresholds.json"), "utf8"));
    const warnings = ["measured on a whim"];
    await writeFile(`${model}.thresholds.json`, JSON.stringify({ ...card, flip: "sum", warnings }));
    const photo = join(dir, "staff", "bob", "2.png");
    const [own, other] = ["own.arrow", "other.arrow"].map((name) => join(dir, name));
    const enrol = (gallery: string, ...rest: string[]) =>
      run("enrol", "--gallery", gallery, "--model", model, "--input-dir", join(dir, "staff"), ...rest);
    assert.equal((await enrol(own)).status, 0);
    const found = await run("identify", photo, "--gallery", own, "--model", model);
    assert.equal(found.status, 0, found.err);
    assert.equal(found.result.photos[0].name, "bob");
    assert.deepEqual(found.result.card.warnings, warnings);
    assert.equal((await enrol(other, "--flip", "none")).status, 0);
    const apart = await run("identify", photo, "--gallery", other, "--model", model);
    assert.match(
      apart.err,
      /as for the card .*sum\.safetensors\.thresholds\.json \(--flip sum\), got --flip none; enrol anew/,
    );
    const another = join(dir, "another.safetensors");
    await saveNet(createNet("resface-small", { seed: 2, imageSize: [32, 32] }), another);
    await copyFile(`${model}.thresholds.json`, `${another}.thresholds.json`);
    const foreign = await run("identify", photo, "--gallery", own, "--model", another);
    assert.match(
      foreign.err,
      /by the gallery .*own\.arrow: expected one of the model .*another\.safetensors, got one of another model/,
    );
  },
);
