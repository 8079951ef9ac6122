import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Random } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import { encodeJpeg, type RgbImage, writePng } from "@amface/images";
import { sharedData } from "../../../test/shared-data.ts";
import { slow } from "../../../test/slow.ts";
import { encodeNpy } from "../src/embeddings/npy.ts";
import { runHere } from "./run-here.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-audit-"));
});
after(() => rm(dir, { recursive: true }));

const amface = (...args: string[]) => runHere(args);

const SIZE = 32;

/** The direction of the person, and noise of the photo's own. */
function embed(person: string, photo: string): number[] {
  const [direction, noise] = [new Random("direction", person), new Random("noise", photo)];
  return Array.from({ length: SIZE }, () => direction.normal() + 0.6 * noise.normal());
}

/** A picture of soft blocks that no other name has. */
function picture(name: string): RgbImage {
  const random = new Random("picture", name);
  const blocks = Array.from({ length: 64 }, () => random.int(256));
  const data = new Uint8Array(112 * 96 * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / 3) % 96, Math.floor(i / 288)];
    data[i] = blocks[8 * Math.floor(y / 14) + Math.floor(x / 12)];
  }
  return { data, width: 96, height: 112 };
}

/** Writes pictures of photos and their embeddings; `from` gives the picture of another photo, saved as JPEG. */
async function writeSet(
  name: string,
  photos: readonly { readonly path: string; readonly person: string; readonly from?: string }[],
) {
  const folder = join(dir, name);
  for (const { path, from } of photos) {
    if (from === undefined) await writePng(join(folder, path), picture(path));
    else await writeFileAtomic(join(folder, path), await encodeJpeg(picture(from), 80));
  }
  const data = Float32Array.from(photos.flatMap(({ path, person, from }) => embed(person, from ?? path)));
  await writeFile(`${folder}.npy`, encodeNpy(data, [photos.length, SIZE]));
  await writeFile(`${folder}.json`, JSON.stringify(photos.map(({ path }) => path)));
  return { folder, embeddings: `${folder}.npy` };
}

const photosOf = (name: string, person: string, count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => ({ path: `${name}/${first + i}.png`, person }));

test("audit reports what is wrong with a set, what to leave out, and what that costs", async () => {
  const { folder, embeddings } = await writeSet("set", [
    ...Array.from({ length: 12 }, (_, p) => photosOf(`p${p}`, `p${p}`, 5)).flat(),
    { path: "p3/of-p7.png", person: "p7" },
    { path: "p4/copy.jpg", person: "p4", from: "p4/1.png" },
    { path: "p5/planted.jpg", person: "tested", from: "Tested/1.png" },
    ...photosOf("both", "first", 6),
    ...photosOf("both", "second", 4, 6),
    ...photosOf("name", "split", 6),
    ...photosOf("nickname", "split", 4),
    ...photosOf("In_Test", "somebody", 4),
  ]);
  const tested = await writeSet("test", [
    { path: "Tested/1.png", person: "tested" },
    ...photosOf("in test", "somebody else", 2),
    ...photosOf("Other", "p6", 4, 100),
  ]);
  await writeFile(join(folder, "p2", "broken.png"), "no picture");
  const manifest = [
    "path,outcome,crop,faces,score,x1,y1,x2,y2,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,left_mouth_x," +
      "left_mouth_y,right_mouth_x,right_mouth_y,warning,reason,bytes,modified,look",
    "p0/0.jpg,aligned,p0/0.png,1,0.9,0,0,9,9,30,50,60,50,45,70,33,90,57,90,,,9,2026-11-29T09:46:54.505Z,first",
    "p0/1.jpg,aligned,p0/1.png,1,0.9,0,0,9,9,30,50,60,50,57,70,33,90,57,90,,,9,2026-11-29T09:46:54.505Z,first",
  ];
  await writeFile(join(folder, "manifest.csv"), `${manifest.join("\n")}\n`);
  const out = join(dir, "out");
  const {
    status,
    out: text,
    err,
  } = await amface(
    ...["audit", folder, "--embeddings", embeddings, "--output-dir", out],
    ...["--lfw-dir", tested.folder, "--lfw-embeddings", tested.embeddings, "--json"],
  );
  assert.equal(status, 0, err);
  const result = JSON.parse(text);
  assert.deepEqual(result.poses, {
    measured: 2,
    frontal: 1,
    turned: 0,
    profile: 1,
    tilted: 0,
    medianEyes: 30,
  });
  const audit = JSON.parse(await readFile(join(out, "audit.json"), "utf8"));
  const expected = JSON.parse(await readFile(join(import.meta.dirname, "golden", "audit.json"), "utf8"));
  assert.deepEqual(
    {
      counts: audit.counts,
      sizes: audit.sizes,
      unreadable: audit.unreadable,
      unembedded: audit.labels.unembedded,
      wrongLabels: audit.labels.wrongLabels.map(({ path, other }: Record<string, string>) => [
        path,
        other ?? "",
      ]),
      twoPeople: audit.labels.twoPeople.map(({ identity, second }: Record<string, string>) => [
        identity,
        second,
      ]),
      twoNames: audit.labels.twoNames.map(({ identity, other }: Record<string, string>) => [identity, other]),
      duplicates: audit.duplicates.map(({ path, keep }: Record<string, string>) => [path, keep]),
      names: audit.overlap.names,
      people: audit.overlap.people.map(({ training, test }: Record<string, string>) => [training, test]),
      copies: audit.overlap.copies.map(({ training, test }: Record<string, string>) => [training, test]),
      leaveOut: audit.leaveOut,
      exclude: (await readFile(join(out, "exclude.txt"), "utf8")).trimEnd().split("\n"),
    },
    expected,
  );
  const page = await readFile(join(out, "report.html"), "utf8");
  for (const heading of [
    "What to leave out",
    "Wrong labels",
    "One person under two names",
    "Shared with the test set",
  ])
    assert.ok(page.includes(`<h2>${heading}</h2>`), heading);
  assert.ok(page.split("<img ").length > 5);
});

test("audit tells a wrong call, and embeddings of another folder", async () => {
  const { folder, embeddings } = await writeSet("small", photosOf("a", "a", 3));
  const refused = async (status: number, message: RegExp, ...args: string[]) => {
    const result = await amface("audit", folder, "--output-dir", join(dir, "none"), ...args);
    assert.deepEqual([result.status, message.test(result.err)], [status, true], result.err);
  };
  await refused(2, /expected one of --embeddings and --model/, "--embeddings", embeddings, "--model", "m");
  await refused(2, /expected --embeddings and --lfw-dir with it/, "--lfw-embeddings", embeddings);
  await refused(2, /Cannot take --lfw-pairs: expected --lfw-dir/, "--lfw-pairs", "pairs.txt");
  const other = await writeSet("elsewhere", photosOf("b", "b", 3));
  await refused(
    1,
    /expected embeddings of the photos in .*small, such as a\/0\.png, got such as b\/0\.png/,
    "--embeddings",
    other.embeddings,
  );
  const given = ["--embeddings", embeddings];
  await refused(1, /Cannot read the manifest .*no\.csv: expected a file/, ...given, "--manifest", "no.csv");
  const withTest = [...given, "--lfw-dir", other.folder];
  await refused(
    1,
    /expected embeddings of the photos in .*elsewhere, such as b\/0\.png, got such as a\/0\.png/,
    ...[...withTest, "--lfw-embeddings", embeddings],
  );
  const pairs = join(dir, "pairs.txt");
  await writeFile(pairs, "1\t1\nsomebody\t1\t2\nsomebody\t1\tanybody\t1\n");
  await refused(
    1,
    /Cannot compare with the test set .*elsewhere: expected people of the pairs, such as somebody, got others, such as b/,
    ...[...withTest, "--lfw-pairs", pairs],
  );
});

test("audit says that faces were not compared where the test set has no embeddings, and warns where some are missing", async () => {
  const { folder, embeddings } = await writeSet("trained", [
    ...photosOf("a", "a", 4),
    ...photosOf("b", "b", 4),
  ]);
  const tested = await writeSet("tested", photosOf("other", "b", 4, 100));
  const out = join(dir, "uncompared");
  const args = ["audit", folder, "--embeddings", embeddings, "--output-dir", out, "--lfw-dir", tested.folder];
  const { status, out: text, err } = await amface(...args);
  assert.equal(status, 0, err);
  assert.match(text, /faces were not compared/);
  assert.match(await readFile(join(out, "report.html"), "utf8"), /faces were not compared/);
  assert.equal(JSON.parse(await readFile(join(out, "audit.json"), "utf8")).overlap.people, undefined);
  await writePng(join(tested.folder, "other", "late.png"), picture("late"));
  const compared = await amface(...args, "--lfw-embeddings", tested.embeddings);
  assert.equal(compared.status, 0, compared.err);
  assert.match(compared.err, /1 of 5 test photos have no embedding/);
  assert.match(compared.out, /1 identities look like a test person/);
  assert.doesNotMatch(compared.out, /not compared/);
});

const [photos, weights] = [sharedData("celeba"), sharedData("weights")];
const skipped = photos && weights ? (slow() ? false : "AMFACE_SLOW=1 runs it") : "needs ../shared/data";

test("audit finds planted labels and a split person among real faces, embedding them itself", {
  skip: skipped,
}, async () => {
  const [set, crops, out] = ["celeba", "celeba-crops", "celeba-out"].map((name) => join(dir, name));
  const people = ["7205", "7203", "7204", "7206", "7207", "7209", "7210", "7211"];
  const wrong: string[] = [];
  for (const [p, person] of people.entries()) {
    const files = (await readdir(join(photos!, person))).sort().slice(0, 12);
    for (const [i, file] of files.entries()) {
      const isWrong = p > 0 && p < 5 && i === 3;
      const name = isWrong ? people[p + 2] : p === 0 && i > 5 ? "second-name" : person;
      if (isWrong) wrong.push(`${name}/${file.replace(/jpg$/, "png")}`);
      await cp(join(photos!, person, file), join(set, name, file));
    }
  }
  assert.equal((await amface("align", "--input-dir", set, "--output-dir", crops)).status, 0);
  const model = ["--model", join(weights!, "mobilefacenet-112x96.safetensors"), "--net", "mobilefacenet"];
  const { status, out: text, err } = await amface("audit", crops, "--output-dir", out, ...model, "--json");
  assert.equal(status, 0, err);
  const { photos: count, poses } = JSON.parse(text);
  assert.equal(poses.measured, count);
  const { labels } = JSON.parse(await readFile(join(out, "audit.json"), "utf8"));
  const found = labels.wrongLabels.map(({ path }: { path: string }) => path);
  for (const path of wrong) assert.ok(found.includes(path), `${path} in ${found}`);
  assert.ok(found.length <= wrong.length + 5, `${found}`); // the set has wrong labels of its own
  assert.deepEqual(
    labels.twoNames.map(({ identity, other }: Record<string, string>) => [identity, other].sort()),
    [["7205", "second-name"]],
  );
});
