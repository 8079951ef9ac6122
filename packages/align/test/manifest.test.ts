import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type AlignOutcome, FACE_TEMPLATE, readManifest } from "@amface/align";
import { fromArrow } from "arquero";
import { formatCsv, parseCsv } from "../src/csv.ts";
import { writeArrowManifest, writeManifest } from "../src/manifest.ts";

test("parseCsv() reads back what formatCsv() wrote, whatever the cells hold", () => {
  const rows = [
    ["a", "", "c,d"],
    ['he said "no"', "two\nlines", "é"],
    ["", "", ""],
  ];
  assert.deepEqual(parseCsv(formatCsv(rows)), rows);
  assert.deepEqual(parseCsv("a,b\r\nc,d"), [
    ["a", "b"],
    ["c", "d"],
  ]);
  assert.throws(() => parseCsv('a"b,c\n'), /stray quote/);
});

test("readManifest() reads back what writeManifest() wrote", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-manifest-"));
  try {
    const path = join(dir, "manifest.csv");
    assert.deepEqual(await readManifest(path), []);
    const face = { box: [1.5, -2, 30.25, 40] as const, score: 0.875, landmarks: FACE_TEMPLATE };
    const outcomes: AlignOutcome[] = [
      { path: "Ann, B/a.jpg", outcome: "aligned", crop: "Ann, B/a.png", face, faces: 2, kept: true },
      { path: "bob/b.jpg", outcome: "unreadable", faces: 0, reason: 'it is "empty"', kept: true },
      {
        path: "c/c.jpg",
        outcome: "aligned",
        crop: "c/c.png",
        face,
        faces: 1,
        warnings: ["tiny", "tilted"],
        kept: true,
      },
    ];
    await writeManifest(path, outcomes);
    const read = await readManifest(path);
    const rounded = FACE_TEMPLATE.map(([x, y]) => [Number(x.toFixed(3)), Number(y.toFixed(3))]);
    assert.deepEqual(read[0], { ...outcomes[0], face: { ...face, landmarks: rounded } });
    assert.deepEqual(read[1], outcomes[1]);
    assert.deepEqual(read[2].warnings, ["tiny", "tilted"]);
    await writeFile(path, "path,outcome\na,b\n");
    await assert.rejects(readManifest(path), /expected columns path,outcome,crop/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("readManifest() refuses paths that lead out of the folder", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-manifest-"));
  const path = join(dir, "manifest.csv");
  try {
    for (const outside of ["../x.png", "..", "a/../../x.png", "/etc/passwd"]) {
      for (const outcome of [{ path: outside }, { path: "a/x.jpg", crop: outside }]) {
        await writeManifest(path, [{ outcome: "centered", faces: 0, kept: false, ...outcome }]);
        await assert.rejects(readManifest(path), /line 2: expected paths inside the folder, got /);
      }
    }
    const harmless = {
      path: "..a/b..jpg",
      crop: "..a/b..png",
      outcome: "centered",
      faces: 0,
      kept: true,
    } as const;
    await writeManifest(path, [harmless]);
    assert.deepEqual(await readManifest(path), [harmless]);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("writeArrowManifest() writes what arquero reads as the same table", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-manifest-"));
  try {
    const face = { box: [1.5, -2, 30.25, 40] as const, score: 0.875, landmarks: FACE_TEMPLATE };
    const outcomes: AlignOutcome[] = [
      {
        path: "Zoë/ä.jpg",
        outcome: "aligned",
        crop: "Zoë/ä.png",
        face,
        faces: 2,
        warnings: ["tiny"],
        kept: true,
      },
      { path: "bob/b.jpg", outcome: "unreadable", faces: 0, reason: "it is empty", kept: true },
      { path: "bob/c.jpg", outcome: "aligned", crop: "bob/c.png", face, faces: 1, kept: true },
    ];
    const [csv, arrow] = [join(dir, "manifest.csv"), join(dir, "manifest.arrow")];
    await writeManifest(csv, outcomes);
    await writeArrowManifest(arrow, outcomes);
    const table = fromArrow(await readFile(arrow));
    const [header, ...rows] = parseCsv(await readFile(csv, "utf8"));
    assert.deepEqual(table.columnNames(), header);
    const text = (value: unknown, name: string) =>
      value === null
        ? ""
        : typeof value === "number" && name !== "faces"
          ? value.toFixed(name === "score" ? 6 : 3)
          : String(value);
    assert.deepEqual(
      (table.objects() as Record<string, unknown>[]).map((row) =>
        header.map((name) => text(row[name], name)),
      ),
      rows,
    );
    const { path, outcome, x1, left_eye_x, score, faces, warning, reason } = table.object(1) as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      [path, outcome, x1, left_eye_x, score, faces, warning, reason],
      ["bob/b.jpg", "unreadable", null, null, null, 0, null, "it is empty"],
    );
    const counts = table.groupby("outcome").count().objects();
    assert.deepEqual(counts, [
      { outcome: "aligned", count: 2 },
      { outcome: "unreadable", count: 1 },
    ]);
    await writeArrowManifest(arrow, []);
    assert.equal(fromArrow(await readFile(arrow)).numRows(), 0);
  } finally {
    await rm(dir, { recursive: true });
  }
});
