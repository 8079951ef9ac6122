import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pythonWith } from "../../../../test/python-with.ts";
import {
  type Embeddings,
  evaluateTinyFace,
  ListError,
  readIjb,
  searchTemplates,
  TemplatePool,
  tinyFaceByNames,
  unitRows,
  verifyTemplates,
} from "../../src/mod.ts";
import { seeded } from "../seeded.ts";
import { madeIjb } from "./made-ijb.ts";

let dir: string;
let embeddings: Embeddings;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-ijb-"));
  embeddings = await madeIjb(dir);
});
after(() => rm(dir, { recursive: true }));

const POOLINGS = {
  "norm+score": [false, true],
  norm: [false, false],
  score: [true, true],
  equal: [true, false],
} as const;

async function pooled([unit, byScore]: readonly [boolean, boolean]) {
  const lists = await readIjb(dir);
  const { templates, media, scores } = lists;
  const pool = new TemplatePool(templates, media, { unit, ...(byScore && { scores }) });
  // In pieces, as photos are embedded.
  const rows = embeddings.data.length / embeddings.size;
  for (let from = 0; from < rows; from += 50) {
    pool.add(from, {
      ...embeddings,
      data: embeddings.data.subarray(from * embeddings.size, (from + 50) * embeddings.size),
    });
  }
  return { lists, templates: pool.embeddings() };
}

/** TinyFace's three folders: people with several photos in the gallery, and nobody's. */
function madeTinyFace() {
  const next = seeded(7);
  const names: string[] = [];
  const values: number[] = [];
  const add = (name: string, centre: readonly number[]) => {
    names.push(name);
    values.push(...centre.map((value) => value + 0.9 * (next() - 0.5)));
  };
  const point = () => Array.from({ length: 12 }, () => next() - 0.5);
  for (let person = 1; person <= 40; person++) {
    const centre = point();
    for (let n = 0; n < 1 + (person % 3); n++) add(`Gallery_Match/${person}_${n}.png`, centre);
    for (let n = 5; n < 7; n++) add(`Probe/${person}_${n}.png`, centre);
  }
  for (let n = 0; n < 300; n++) add(`Gallery_Distractor/${n}.png`, point());
  return { names, embeddings: { data: Float32Array.from(values), size: 12 } };
}

const python = pythonWith("numpy");

test("IJB's and TinyFace's rates are those of an independent form in NumPy", {
  skip: python ? false : "needs NumPy in AMFACE_PYTHON or python3",
}, async () => {
  const tiny = madeTinyFace();
  const rows = (folder: string) => tiny.names.flatMap((name, row) => (name.startsWith(folder) ? [row] : []));
  const table = ({ data, size }: Embeddings) =>
    Array.from({ length: data.length / size }, (_, row) => [...data.subarray(row * size, (row + 1) * size)]);
  const tinyface = {
    embeddings: table(tiny.embeddings),
    people: tiny.names.map((name) => Number(/\/(\d+)/.exec(name)![1])),
    gallery: rows("Gallery_"),
    distractors: rows("Gallery_Distractor"),
    probes: rows("Probe"),
  };
  const input = JSON.stringify({ folder: dir, embeddings: table(embeddings), tinyface });
  const { status, stdout, stderr } = spawnSync(python!, [join(import.meta.dirname, "templates.py")], {
    input,
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  assert.equal(status, 0, stderr);
  const theirs = JSON.parse(stdout);
  const near = (got: number | null, expected: number | null, what: string) =>
    assert.ok(got === expected || Math.abs(got! - expected!) <= 1e-6, `${what}: ${got}, NumPy ${expected}`);

  for (const [name, how] of Object.entries(POOLINGS)) {
    const { lists, templates } = await pooled(how);
    const { tarAtFar, pairs } = verifyTemplates(unitRows(templates), lists.pairs);
    for (const [i, { far, tar }] of tarAtFar.entries()) near(tar, theirs.tar[name][i], `${name} at ${far}`);
    assert.equal(pairs.same, 240);
    assert.ok(tarAtFar[1].tar! > 0.2 && tarAtFar[1].tar! < 1);
    if (name !== "norm+score") continue;
    const units = unitRows(templates);
    const row = (r: number) => units.data.subarray(r * units.size, (r + 1) * units.size);
    lists.pairs.a.forEach((a, p) => {
      const [x, y] = [row(a), row(lists.pairs.b[p])];
      near(
        x.reduce((sum, value, d) => sum + value * y[d], 0),
        theirs.scores[p],
        `pair ${p}`,
      );
    });
    const { closedSet, openSet, tpirAtFpir } = searchTemplates(templates, lists.search!);
    for (const [i, k] of (["rank1", "rank5", "rank10"] as const).entries())
      near(closedSet[k].rate, theirs.ranks[i], k);
    assert.deepEqual([closedSet.gallery, closedSet.probes], [40, 120]);
    for (const [g, gallery] of openSet.entries()) {
      assert.deepEqual([gallery.size, gallery.mated, gallery.nonMated], [20, 60, 60]);
      for (const [i, { fpir, tpir }] of gallery.tpirAtFpir.entries())
        near(tpir, theirs.openSet[g][i], `${g} at ${fpir}`);
    }
    near(tpirAtFpir[0].tpir, (theirs.openSet[0][0] + theirs.openSet[1][0]) / 2, "mean");
    assert.equal(tpirAtFpir[2].tpir, null);
  }
  const got = evaluateTinyFace(tiny.embeddings, tiny.names, tinyFaceByNames(tiny.names), { where: "there" });
  for (const [i, k] of (["rank1", "rank5", "rank20", "rank50"] as const).entries())
    near(got[k].rate, theirs.tinyface[i], k);
  assert.ok(got.rank1.rate > 0.1 && got.rank1.rate < got.rank20.rate);
  assert.deepEqual([got.distractors, got.probes], [300, 80]);
});

test("readIjb() names the file and the line that does not fit", async () => {
  const cases: readonly [list: string, line: number, text: string, message: RegExp][] = [
    [
      "face_tid_mid.txt",
      3,
      "3.jpg x 5",
      /face_tid_mid\.txt line 3: expected a photo, its template and its medium, got "3\.jpg x 5"$/,
    ],
    [
      "name_5pts_score.txt",
      2,
      "2.jpg 1 2 0.5",
      /5pts_score\.txt line 2: expected a photo, ten coordinates and a score, got "2\.jpg 1 2 0\.5"$/,
    ],
    [
      "name_5pts_score.txt",
      4,
      `9.jpg ${"1 ".repeat(10)}0.5`,
      /5pts_score\.txt line 4: expected 4\.jpg as in .*face_tid_mid\.txt, got "9\.jpg"$/,
    ],
    [
      "template_pair_label.txt",
      7,
      "11 77777 1",
      /pair_label\.txt line 7: expected a template that has photos, got 77777$/,
    ],
    [
      "template_pair_label.txt",
      5,
      "11 11",
      /pair_label\.txt line 5: expected whole numbers template, template, label, got "11 11"$/,
    ],
    ["template_pair_label.txt", 6, "11 11 2", /pair_label\.txt line 6: expected the label 0 or 1, got 2$/],
    [
      "1N_probe_mixed.csv",
      2,
      "11;3",
      /mixed\.csv line 2: expected whole numbers template, subject, got "11;3"$/,
    ],
    [
      "1N_probe_mixed.csv",
      3,
      "99999,3",
      /mixed\.csv line 3: expected a template that has photos, got 99999$/,
    ],
  ];
  for (const [list, line, text, message] of cases) {
    const path = join(dir, `ijbc_${list}`);
    const whole = await readFile(path, "utf8");
    const lines = whole.split(/\r?\n/);
    lines[line - 1] = text;
    await writeFile(path, lines.join("\n"));
    await assert.rejects(
      readIjb(dir),
      (error: Error) => error instanceof ListError && message.test(error.message),
      text,
    );
    await writeFile(path, whole);
  }
  await assert.rejects(
    readIjb(tmpdir()),
    /expected ijbb_face_tid_mid\.txt or ijbc_face_tid_mid\.txt, got neither$/,
  );
});

test("TemplatePool weighs media alike, however many frames each has", () => {
  const pool = new TemplatePool(Int32Array.of(0, 0, 0, 1), Int32Array.of(5, 5, 6, 5));
  pool.add(0, { data: Float32Array.of(2, 0, 4, 0, 0, 1, 1, 1), size: 2 });
  assert.deepEqual([...pool.embeddings().data], [3, 1, 1, 1]);
  assert.throws(
    () => pool.add(3, { data: new Float32Array(4), size: 2 }),
    /expected 4 embeddings of 2 values, got 5 of 2$/,
  );
  assert.throws(() => pool.add(2, { data: Float32Array.of(1, Number.NaN), size: 2 }), /of photo 3$/);
});
