import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type AlignFolderOptions, type AlignOutcome, alignFolder } from "@amface/align";
import { encodeJpeg, readImage } from "@amface/images";
import sharp, { type Sharp } from "sharp";
import { writeManifest } from "../../src/manifest/manifest.ts";
import { blindDetector, CornerDetector } from "../fake-detector.ts";
import { pattern } from "../pattern.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "amface-bad-photos-"));
  await chmod(root, 0o755);
});
after(() => rm(root, { recursive: true }));

async function run(options: Omit<AlignFolderOptions, "detector">): Promise<Map<string, AlignOutcome>> {
  const outcomes = new Map<string, AlignOutcome>();
  const detector = new CornerDetector();
  for await (const outcome of alignFolder({ workers: 0, ...options, detector })) {
    outcomes.set(outcome.path, outcome);
  }
  return outcomes;
}

const image = pattern(90, 70);
const raw = (): Sharp => sharp(image.data, { raw: { width: 90, height: 70, channels: 3 } });
const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "grey" } })
    .png()
    .toBuffer();

/** A PNG of so many pixels in a few hundred kilobytes, without making them here. */
const bomb = () => plain(12_000, 12_000);

test("alignFolder() handles every kind of photo, or says in the manifest why not", async () => {
  const jpeg = Buffer.from(await encodeJpeg(image, 90));
  const files: Record<string, [content: Buffer | string, outcome: string, reason?: RegExp]> = {
    "truncated.jpg": [jpeg.subarray(0, jpeg.length / 2), "unreadable", /got one that is truncated/],
    "empty.jpg": ["", "unreadable", /got an empty file/],
    "text.jpg": ["this is no photo", "unreadable", /got something else \(16 bytes that begin with 74 68/],
    "bomb.png": [await bomb(), "unreadable", /expected at most 100000000 pixels, got more/],
    "cmyk.jpg": [await raw().toColourspace("cmyk").jpeg().toBuffer(), "aligned"],
    "deep.png": [await raw().toColourspace("rgb16").png().toBuffer(), "aligned"],
    "grey.png": [await raw().toColourspace("b-w").png().toBuffer(), "aligned"],
    "alpha.png": [await raw().ensureAlpha(0.5).png().toBuffer(), "aligned"],
    "turned.jpg": [await raw().withMetadata({ orientation: 6 }).jpeg().toBuffer(), "aligned"],
    "moving.gif": [
      await sharp(image.data, { raw: { width: 90, height: 70, channels: 3, pageHeight: 35 } })
        .gif()
        .toBuffer(),
      "aligned",
    ],
    "one pixel.png": [await plain(1, 1), "no-face"],
    "wide.png": [await plain(20_000, 20), "no-face"],
    "Ünïcödé 愛.jpg": [jpeg, "aligned"],
  };
  const inputDir = join(root, "zoo");
  await mkdir(join(inputDir, "an identity"), { recursive: true });
  for (const [name, [content]] of Object.entries(files))
    await writeFile(join(inputDir, "an identity", name), content);
  const outputDir = join(root, "zoo-out");
  const outcomes = await run({ inputDir, outputDir });
  assert.equal(outcomes.size, Object.keys(files).length);
  for (const [name, [, expected, reason]] of Object.entries(files)) {
    const got = outcomes.get(`an identity/${name}`);
    assert.equal(got?.outcome, expected, `${name}: ${got?.reason}`);
    if (reason) assert.match(got?.reason ?? "", reason);
  }
  assert.deepEqual(
    (await readdir(join(outputDir, "an identity"))).sort(),
    Object.keys(files)
      .filter((name) => files[name][1] === "aligned")
      .map((name) => name.replace(/\.\w+$/, ".png"))
      .sort(),
  );
});

test("alignFolder() turns a photo by its EXIF orientation before it looks for faces", async () => {
  const inputDir = join(root, "exif");
  await mkdir(join(inputDir, "ann"), { recursive: true });
  const upright = await raw().rotate(90).toBuffer({ resolveWithObject: true });
  const { width, height } = upright.info;
  await writeFile(
    join(inputDir, "ann", "pixels.png"),
    await sharp(upright.data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
  await writeFile(
    join(inputDir, "ann", "tag.png"),
    await raw().withMetadata({ orientation: 6 }).png().toBuffer(),
  );
  const outputDir = join(root, "exif-out");
  await run({ inputDir, outputDir });
  const crop = (name: string) => readImage(join(outputDir, "ann", name));
  assert.deepEqual(await crop("tag.png"), await crop("pixels.png"));
});

test("alignFolder() refuses photos and identities that links bring in from elsewhere, unless it follows them", async () => {
  const inputDir = join(root, "links");
  const elsewhere = join(root, "elsewhere");
  for (const dir of [join(inputDir, "ann"), elsewhere]) await mkdir(dir, { recursive: true });
  const jpeg = await encodeJpeg(image, 90);
  await writeFile(join(elsewhere, "secret.jpg"), jpeg);
  await writeFile(join(inputDir, "ann", "a.jpg"), jpeg);
  await symlink(join(elsewhere, "secret.jpg"), join(inputDir, "ann", "b.jpg"));
  await symlink("a.jpg", join(inputDir, "ann", "inside.jpg"));
  await symlink("nothing.jpg", join(inputDir, "ann", "broken.jpg"));
  await symlink("/dev/zero", join(inputDir, "ann", "device.jpg"));
  await symlink(elsewhere, join(inputDir, "eve"));
  const outputDir = join(root, "links-out");
  const outcomes = await run({ inputDir, outputDir });
  assert.deepEqual(
    [...outcomes.values()].map(({ path, outcome }) => [path, outcome]),
    [
      ["ann/a.jpg", "aligned"],
      ["ann/b.jpg", "unreadable"],
      ["ann/broken.jpg", "unreadable"],
      ["ann/device.jpg", "unreadable"],
      ["ann/inside.jpg", "aligned"],
      ["eve/secret.jpg", "unreadable"],
    ],
  );
  for (const path of ["ann/b.jpg", "eve/secret.jpg"]) {
    assert.match(
      outcomes.get(path)?.reason ?? "",
      /a link to .*secret\.jpg, outside of .*links; copy the photo/,
    );
  }
  assert.match(outcomes.get("ann/broken.jpg")?.reason ?? "", /there is no such file/);
  const followed = await run({ inputDir, outputDir, followLinks: true });
  assert.equal(followed.get("eve/secret.jpg")?.outcome, "aligned");
  assert.equal(followed.get("ann/b.jpg")?.outcome, "aligned");
  assert.match(followed.get("ann/device.jpg")?.reason ?? "", /expected a file, got something else/);
  // The input folder itself may be behind a link.
  await symlink(inputDir, join(root, "links-linked"));
  const behind = await run({ inputDir: join(root, "links-linked"), outputDir: join(root, "links-out-2") });
  assert.equal(behind.get("ann/a.jpg")?.outcome, "aligned");
});

test("alignFolder() writes nothing outside of its folder, whatever identities and manifests say", async () => {
  const inputDir = join(root, "dots");
  const jpeg = await encodeJpeg(image, 90);
  for (const identity of ["..a", "...", "a..b"]) {
    await mkdir(join(inputDir, identity), { recursive: true });
    await writeFile(join(inputDir, identity, "..jpg.jpg"), jpeg);
    await writeFile(join(inputDir, identity, "x..jpg"), jpeg);
  }
  const outputDir = join(root, "deep", "dots-out");
  assert.deepEqual([...(await run({ inputDir, outputDir })).keys()], ["a..b/x..jpg"]);
  // A manifest that somebody tampered with: a crop outside is refused, one of another name is not taken over.
  const manifest = join(outputDir, "manifest.csv");
  const row = { path: "a..b/x..jpg", outcome: "aligned", faces: 1, kept: true } as const;
  await writeManifest(manifest, [{ ...row, crop: "../x..png" }]);
  await assert.rejects(run({ inputDir, outputDir }), /expected paths inside the folder, got \.\.\/x\.\.png/);
  await writeManifest(manifest, [{ ...row, crop: "alignment.json" }]);
  const [outcome] = (await run({ inputDir, outputDir })).values();
  assert.deepEqual([outcome.crop, outcome.kept], ["a..b/x..png", false]);
  assert.deepEqual(await readdir(join(root, "deep")), ["dots-out"]);
});

test("alignFolder() goes on past photos and identities that it may not read", {
  skip: process.platform === "win32" ? "needs POSIX permissions" : false,
}, async () => {
  const inputDir = join(root, "rights");
  const outputDir = join(root, "rights-out");
  const jpeg = await encodeJpeg(image, 90);
  for (const name of ["ann/a.jpg", "ann/b.jpg", "bob/c.jpg"]) {
    await mkdir(join(inputDir, name, ".."), { recursive: true });
    await writeFile(join(inputDir, name), jpeg);
  }
  await mkdir(outputDir);
  await chmod(outputDir, 0o777);
  await chmod(join(inputDir, "ann", "b.jpg"), 0);
  await chmod(join(inputDir, "bob"), 0);
  const detector = blindDetector(); // loads its engine while it may
  const outcomes: AlignOutcome[] = [];
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534); // rights do not bind root
  try {
    const options = { inputDir, outputDir, detector, workers: 0, missing: "center" as const };
    for await (const outcome of alignFolder(options)) outcomes.push(outcome);
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(join(inputDir, "bob"), 0o700);
  }
  assert.deepEqual(
    outcomes.map(({ path, outcome }) => [path, outcome]),
    [
      ["ann/a.jpg", "centered"],
      ["ann/b.jpg", "unreadable"],
      ["bob", "unreadable"],
    ],
  );
  assert.match(outcomes[1].reason ?? "", /EACCES/);
  assert.match(outcomes[2].reason ?? "", /EACCES/);
});
