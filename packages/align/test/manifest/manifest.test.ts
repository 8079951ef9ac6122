import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type AlignOutcome, FACE_TEMPLATE, readManifest } from "@amface/align";
import { fromArrow } from "arquero";
import { writeArrowManifest } from "../../src/manifest/arrow-manifest.ts";
import { csvTexts, formatCsv, parseCsv } from "../../src/manifest/csv.ts";
import { writeManifest } from "../../src/manifest/manifest.ts";

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

test("csvTexts() cuts between rows and never in a quoted cell", () => {
  const rows = Array.from({ length: 40 }, (_, i) => [`"${i}"\n`, "ä\n,", String(i)]);
  const bytes = new TextEncoder().encode(formatCsv(rows));
  const texts = [...csvTexts(bytes, 50)];
  assert.ok(texts.length > 5 && texts.length < 40, `${texts.length} texts`);
  assert.deepEqual(texts.flatMap(parseCsv), rows);
  assert.deepEqual([...csvTexts(new Uint8Array(0))], []);
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
        face: { ...face, look: "turned-90" },
        faces: 1,
        warnings: ["tiny", "tilted"],
        version: { bytes: 3_000_000_000, modified: "2026-11-29T08:00:00.123Z" },
        kept: true,
      },
    ];
    await writeManifest(path, outcomes);
    const read = await readManifest(path);
    const rounded = FACE_TEMPLATE.map(([x, y]) => [Number(x.toFixed(3)), Number(y.toFixed(3))]);
    assert.deepEqual(read[0], { ...outcomes[0], face: { ...face, landmarks: rounded } });
    assert.deepEqual(read[1], outcomes[1]);
    assert.deepEqual(read[2].warnings, ["tiny", "tilted"]);
    assert.deepEqual(read[2].face, { ...face, landmarks: rounded, look: "turned-90" });
    assert.deepEqual(read[2].version, outcomes[2].version);
    await writeFile(path, "path,outcome\na,b\n");
    await assert.rejects(readManifest(path), /expected columns path,outcome,crop/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("readManifest() reads more rows than are formatted at a time, and says which is broken", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-manifest-"));
  const path = join(dir, "manifest.csv");
  try {
    const outcomes = Array.from({ length: 25_000 }, (_, i): AlignOutcome => {
      return { path: `p/${i}.jpg`, outcome: "no-face", faces: 0, reason: "no face was found", kept: true };
    });
    await writeManifest(path, outcomes);
    assert.deepEqual(await readManifest(path), outcomes);
    const whole = await readFile(path, "utf8");
    for (const [from, to, message] of [
      ["p/3.jpg,no-face", "p/3.jpg,fine", /row 5: expected one of aligned, .*, got fine/],
      ["p/3.jpg,no-face,,0", "p/3.jpg,no-face,,many", /row 5: expected numbers/],
      [
        ",,no face was found,,,\n",
        ",crooked,no face was found,,,\n",
        /row 2: expected only tiny,blurred,tilted,weak,cut,several, got crooked/,
      ],
      [
        "no face was found,,,",
        "no face was found,,,askance",
        /row 2: expected first or one of .*, got askance/,
      ],
      ["p/3.jpg,", "", /row 5: expected 24 columns/],
      [whole, "", /expected columns path,outcome,crop/],
    ] as const) {
      await writeFile(path, whole.replace(from, to));
      await assert.rejects(readManifest(path), message);
    }
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
        await assert.rejects(readManifest(path), /row 2: expected paths inside the folder, got /);
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
