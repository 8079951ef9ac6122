import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { alignFace } from "@amface/align";
import { Random, renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import { writePng } from "@amface/images";
import { createNet, saveNet } from "@amface/nets";
import { writeEmbeddings } from "../../src/embeddings/write-embeddings.ts";
import { runHere } from "../run-here.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const GOLDEN = join(import.meta.dirname, "..", "..", "..", "lfw-eval", "test", "lists", "golden");
const LONG = { timeout: 120_000 };
const PEOPLE = 6;

let dir: string;
let model: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-protocols-"));
  await useEngine("onnx");
  model = join(dir, "net.safetensors");
  await saveNet(createNet("resface-small", { seed: 1, imageSize: [32, 32] }), model);
}, LONG);
after(() => rm(dir, { recursive: true }));

async function amface(...args: string[]) {
  const child = spawn(process.execPath, ["--conditions=@amface/source", MAIN, ...args]);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const status = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  assert.doesNotMatch(err, /\n\s+at /);
  return { status, err, out };
}

async function json(...args: string[]) {
  const { status, err, out } = await amface(...args, "--json");
  assert.equal(status, 0, err);
  return JSON.parse(out);
}

/** Embeddings of people, of whom each has a direction of its own, for photos of these names. */
async function embeddings(
  file: string,
  photos: readonly (readonly [name: string, person: number])[],
): Promise<string> {
  const size = 8;
  const data = new Float32Array(photos.length * size);
  for (const [row, [name, person]] of photos.entries()) {
    const [own, noise] = [new Random("person", person), new Random("photo", name)];
    for (let d = 0; d < size; d++) data[row * size + d] = own.next() - 0.5 + 0.4 * (noise.next() - 0.5);
  }
  const path = join(dir, file);
  await writeEmbeddings(path, { names: photos.map(([name]) => name), data, size });
  return path;
}

test(
  "eval --protocol ijb aligns photos by the list, pools them and writes a report, as of crops embedded before",
  LONG,
  async () => {
    const [meta, photos, crops] = ["ijb/meta", "ijb/loose_crop", "ijb/crops/all"].map((part) =>
      join(dir, part),
    );
    for (const folder of [meta, photos, crops]) await mkdir(folder, { recursive: true });
    const [faces, points]: string[][] = [[], []];
    for (let person = 0; person < PEOPLE; person++) {
      for (let number = 0; number < 6; number++) {
        const { image, landmarks } = renderFace(person, number);
        const name = `${faces.length + 1}.png`;
        await writePng(join(photos, name), image);
        await writePng(join(crops, name), alignFace(image, landmarks, { height: 32, width: 32 }));
        // Three templates a person, the first of two frames of one video.
        const template = 10 * person + Math.floor(number / 2);
        faces.push(`${name} ${template} ${number < 2 ? 1 : number}`);
        points.push(`${name} ${landmarks.flat().join(" ")} 0.${9 - number}`);
      }
    }
    const templates = Array.from({ length: PEOPLE }, (_, p) => [0, 1, 2].map((t) => 10 * p + t)).flat();
    const person = (template: number) => Math.floor(template / 10);
    const pairs = templates.flatMap((a) =>
      templates.filter((b) => b > a).map((b) => `${a} ${b} ${Number(person(a) === person(b))}`),
    );
    const csv = (of: (template: number) => boolean) =>
      ["TEMPLATE_ID,SUBJECT_ID", ...templates.filter(of).map((t) => `${t},${person(t)}`)].join("\n");
    const lists = {
      "face_tid_mid.txt": faces.join("\n"),
      "name_5pts_score.txt": points.join("\n"),
      "template_pair_label.txt": pairs.join("\n"),
      "1N_gallery_S1.csv": csv((t) => t % 10 === 0 && person(t) < 3),
      "1N_gallery_S2.csv": csv((t) => t % 10 === 0 && person(t) >= 3),
      "1N_probe_mixed.csv": csv((t) => t % 10 > 0),
    };
    for (const [name, text] of Object.entries(lists))
      await writeFile(join(meta, `ijbb_${name}`), `${text}\n`);

    const base = ["eval", "--protocol", "ijb", "--lists", meta];
    const byModel = await json(
      ...base,
      "--model",
      model,
      "--lfw-dir",
      photos,
      "--flip",
      "sum",
      "--report",
      join(dir, "ijb/report"),
    );
    assert.deepEqual(
      [byModel.set, byModel.photos, byModel.templates, byModel.pooling],
      ["IJB-B", 36, 18, "norm+score"],
    );
    assert.deepEqual(byModel.verification.pairs, { same: 18, different: 135 });
    assert.equal(byModel.verification.roc, undefined);
    assert.deepEqual([byModel.search.closedSet.gallery, byModel.search.closedSet.probes], [6, 12]);
    assert.deepEqual(
      byModel.search.openSet.map(({ mated, nonMated }: { mated: number; nonMated: number }) => [
        mated,
        nonMated,
      ]),
      [
        [6, 6],
        [6, 6],
      ],
    );
    const page = await readFile(byModel.report, "utf8");
    for (const heading of ["Verification (1:1)", "Identification", "Open set"])
      assert.ok(page.includes(`<h2>${heading}</h2>`), heading);

    const file = join(dir, "ijb.npz");
    await json("embed", "--model", model, "--input-dir", dirname(crops), "--output", file, "--flip", "sum");
    const byFile = await json(...base, "--embeddings", file);
    assert.ok(Math.abs(byFile.verification.auc - byModel.verification.auc) < 1e-6);
    assert.deepEqual(byFile.search.closedSet, byModel.search.closedSet);
    const { out } = await amface(...base, "--embeddings", file, "--pooling", "equal");
    assert.match(out, /^IJB-B +36 photos in 18 templates\n/);
    assert.match(out, /\nTAR +0\.\d{4} \(.* to .*\) at FAR 1e-1\n/);
    assert.match(out, /\nminDCF +\d\.\d{4} \(SRE 2012\)\n/);
    assert.match(out, /\nTPIR +too few probes at FPIR 0\.1 in the mean/);

    // A frame that cannot be decoded, whose template has another, and a template of which both photos are gone.
    const whole = await readFile(join(photos, "1.png"));
    await writeFile(join(photos, "1.png"), "no photo");
    for (const name of ["3.png", "4.png"]) await rename(join(photos, name), join(dir, name));
    const fromPhotos = [...base, "--model", model, "--lfw-dir", photos, "--flip", "sum"];
    const strict = await amface(...fromPhotos, "--strict");
    assert.match(
      strict.err,
      /Cannot find the photos of the list in .*: expected 3\.png, got 2 of 36 missing/,
    );
    const few = await amface(...fromPhotos, "--json");
    assert.equal(few.status, 0, few.err);
    assert.match(few.err, /3 of 36 photos are missing or cannot be read, .*; 1 templates have no others/);
    const left = JSON.parse(few.out);
    assert.deepEqual([left.skippedPhotos, left.skippedTemplates], [3, 1]);
    assert.deepEqual(left.verification.pairs, { same: 16, different: 120 });
    assert.deepEqual([left.search.closedSet.gallery, left.search.closedSet.probes], [6, 11]);
    await writeFile(join(photos, "1.png"), whole);
    const listed = join(meta, "ijbb_name_5pts_score.txt");
    const scores = await readFile(listed, "utf8");
    await writeFile(listed, scores.replace(/^([56]\.png .*) \S+$/gm, "$1 0"));
    const unscored = await amface(...base, "--embeddings", file);
    assert.match(
      unscored.err,
      /Cannot pool template 2 by scores: expected a photo with a score above 0, got score 0/,
    );
    assert.equal((await json(...base, "--embeddings", file, "--pooling", "norm")).skippedPhotos, 0);
    await writeFile(listed, scores);

    await writeFile(join(meta, "ijbb_template_pair_label.txt"), "0 1 1\n0 99 0\n");
    const broken = await amface(...base, "--embeddings", file);
    assert.equal(broken.status, 1);
    assert.match(
      broken.err,
      /ijbb_template_pair_label\.txt line 2: expected a template that has photos, got 99\n/,
    );
  },
);

test(
  "eval --protocol tinyface ranks probes among gallery and distractors, by lists or by the photos' names",
  LONG,
  async () => {
    const photos: [string, number][] = [];
    for (let person = 1; person <= 20; person++) {
      for (const folder of ["Gallery_Match", "Probe"])
        photos.push([`${folder}/${person}_${folder.length}.png`, person]);
    }
    for (let n = 0; n < 50; n++) photos.push([`Gallery_Distractor/${n}.png`, 1000 + n]);
    const file = await embeddings("tinyface.npz", photos);
    const byNames = await json(
      "eval",
      "--protocol",
      "tinyface",
      "--embeddings",
      file,
      "--report",
      join(dir, "tinyface"),
    );
    assert.deepEqual(
      [byNames.gallery, byNames.distractors, byNames.probes, byNames.missing],
      [20, 50, 20, 0],
    );
    assert.ok(byNames.rank1.rate > 0.3 && byNames.rank1.rate <= byNames.rank20.rate);
    assert.ok(byNames.rank1.ci95[0] < byNames.rank1.rate && byNames.rank1.rate < byNames.rank1.ci95[1]);
    assert.match(await readFile(byNames.report, "utf8"), /"text":"CMC"/);

    // By the lists only four photos are looked for: one of them and all probes but one are there.
    const found = await json(
      "eval",
      "--protocol",
      "tinyface",
      "--lists",
      GOLDEN,
      "--embeddings",
      await embeddings("few.npz", [
        ["Gallery_Match/3_1.png", 3],
        ["Gallery_Match/1_1.png", 1],
        ["Probe/1_9.png", 1],
        ["Probe/3_9.png", 3],
        ["Gallery_Distractor/1.png", 9],
      ]),
    );
    assert.deepEqual([found.gallery, found.distractors, found.probes, found.missing], [2, 1, 2, 5]);

    const crops = join(dir, "tiny-crops");
    for (const [folder, person, number] of [
      ["Gallery_Match", 1, 1],
      ["Gallery_Match", 2, 1],
      ["Probe", 1, 2],
      ["Probe", 2, 2],
      ["Gallery_Distractor", 3, 1],
    ] as const) {
      const { image, landmarks } = renderFace(person, number);
      await mkdir(join(crops, folder), { recursive: true });
      await writePng(
        join(crops, folder, `${person}_${number}.png`),
        alignFace(image, landmarks, { height: 32, width: 32 }),
      );
    }
    const byModel = await json("eval", "--protocol", "tinyface", "--model", model, "--lfw-dir", crops);
    assert.deepEqual(
      [byModel.gallery, byModel.distractors, byModel.probes, byModel.cmc.at(-1)],
      [2, 1, 2, 1],
    );
  },
);

test("eval --protocol blufr takes BLUFR's own trials", LONG, async () => {
  const people = [1, 1, 1, 2, 2, 3, 3, 4, 5, 5];
  const photos = people.map((person, i): [string, number] => [
    `Per_Son${person}/Per_Son${person}_000${people.slice(0, i).filter((p) => p === person).length + 1}.png`,
    person,
  ]);
  const file = await embeddings("blufr.npz", [["Other/Other_0001.png", 77], ...photos]);
  const args = ["eval", "--protocol", "blufr", "--embeddings", file, "--lists"];
  const got = await json(...args, join(GOLDEN, "blufr.mat"), "--report", join(dir, "blufr"));
  assert.deepEqual([got.trials, got.pairs, got.missing], [2, { same: 4, different: 20.5 }, 0]);
  assert.match(await readFile(got.report, "utf8"), /BLUFR&#39;s trials|BLUFR's trials/);
  const damaged = join(dir, "damaged.mat");
  await cp(join(GOLDEN, "blufr.mat"), damaged);
  await writeFile(damaged, (await readFile(damaged)).subarray(0, 300));
  const refused = await amface(...args, damaged);
  assert.equal(refused.status, 1);
  assert.match(
    refused.err,
    /Cannot read .*damaged\.mat: expected an element of \d+ bytes, got \d+ bytes left\n/,
  );
});

test("eval reads RFW's lists and evaluates its groups alone and at one threshold", LONG, async () => {
  const lists = join(dir, "txts");
  const photos: [string, number][] = [];
  for (const [g, group] of ["African", "Asian", "Caucasian", "Indian"].entries()) {
    await mkdir(join(lists, group), { recursive: true });
    const people = Array.from({ length: 20 }, (_, p) => p);
    photos.push(
      ...people.flatMap((p) =>
        [1, 2].map((n): [string, number] => [`${group}/m.0${p}/m.0${p}_000${n}.png`, 100 * g + p]),
      ),
    );
    const rows = people.flatMap((p) => [`m.0${p}\t1\t2`, `m.0${p}\t1\tm.0${(p + 1) % 20}\t2`]);
    await writeFile(join(lists, group, `${group}_pairs.txt`), rows.join("\n"));
    await writeFile(join(lists, group, `${group}_people.txt`), people.map((p) => `m.0${p}\t2\n`).join(""));
  }
  const file = await embeddings("rfw.npz", photos);
  const args = ["eval", "--embeddings", file, "--lfw-pairs", lists, "--bootstrap", "50"];
  const got = await json(...args, "--report", join(dir, "rfw"));
  assert.deepEqual([got.pairs, got.folds.length], [160, 10]);
  const names = (rows: readonly { group: string }[]) => rows.map(({ group }) => group).join(" ");
  assert.equal(names(got.groups.groups), "African Asian Caucasian Indian");
  assert.equal(names(got.subgroups.group), "African Asian Caucasian Indian");
  for (const { pairs, folds, accuracy } of got.groups.groups) {
    assert.deepEqual([pairs, folds.length], [40, 10]);
    assert.ok(accuracy.mean > 0.5);
  }
  assert.match(await readFile(got.report, "utf8"), /<h2>Groups alone<\/h2>/);
  const three = await embeddings(
    "rfw-three.npz",
    photos.filter(([name]) => !name.startsWith("African/")),
  );
  const without = await amface(
    "eval",
    "--embeddings",
    three,
    "--lfw-pairs",
    lists,
    "--bootstrap",
    "0",
    "--json",
  );
  assert.equal(without.status, 0, without.err);
  assert.match(without.err, /Warning: groups without pairs are left out: African/);
  assert.equal(names(JSON.parse(without.out).groups.groups), "Asian Caucasian Indian");
  const above = await amface("eval", "--embeddings", three, "--lfw-pairs", dir);
  assert.match(above.err, /expected CFP's Protocol or RFW's txts, got another; give .*txts/);
  const folds = await amface(...args, "--folds", "5");
  assert.match(folds.err, /in 5 folds: expected the 10 of each group; leave --folds out/);
});

test("eval refuses options that its protocol does not look at", LONG, async () => {
  const others: readonly (readonly [protocol: string, option: string, ...value: string[]])[] = [
    ["identify", "against", "a.csv"],
    ["blufr", "attributes", "a.csv"],
    ["tinyface", "groups", "a"],
    ["identify", "folds", "5"],
    ["identify", "threshold-search", "grid"],
    ["blufr", "bootstrap", "1000"],
    ["identify", "label-errors", "a.txt"],
    ["identify", "manifest", "a.csv"],
    ["identify", "strict"],
    ["identify", "pooling", "norm"],
    ["pairs", "pooling", "norm+score"],
  ];
  for (const [protocol, option, ...value] of others) {
    const args = ["eval", "--protocol", protocol, "--embeddings", "a.npy", `--${option}`, ...value];
    const { status, err } = await runHere(args);
    assert.equal(status, 2, args.join(" "));
    assert.match(err, new RegExp(`Cannot take --${option}: expected --protocol .*, got ${protocol}\n`));
  }
});

test("eval refuses lists of no protocol, and ijb without any", LONG, async () => {
  for (const [args, message] of [
    [["--protocol", "ijb", "--embeddings", "a.npy"], /Cannot evaluate by --protocol ijb: expected --lists/],
    [
      ["--protocol", "identify", "--lists", "x", "--embeddings", "a.npy"],
      /Cannot take --lists: expected --protocol ijb/,
    ],
    [
      ["--protocol", "tinyface", "--embeddings", "a.npy", "--lfw-pairs", "p.txt"],
      /expected --model and --lfw-dir, or --embeddings, and no pairs/,
    ],
  ] as const) {
    const { status, err } = await amface("eval", ...args);
    assert.equal(status, 2);
    assert.match(err, message);
  }
});
