import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type AlignOutcome, FACE_TEMPLATE, readManifest } from "@amface/align";
import { formatCsv, parseCsv } from "../src/csv.ts";
import { writeManifest } from "../src/manifest.ts";

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
    ];
    await writeManifest(path, outcomes);
    const read = await readManifest(path);
    const rounded = FACE_TEMPLATE.map(([x, y]) => [Number(x.toFixed(3)), Number(y.toFixed(3))]);
    assert.deepEqual(read[0], { ...outcomes[0], face: { ...face, landmarks: rounded } });
    assert.deepEqual(read[1], outcomes[1]);
    await writeFile(path, "path,outcome\na,b\n");
    await assert.rejects(readManifest(path), /expected columns path,outcome,crop/);
  } finally {
    await rm(dir, { recursive: true });
  }
});
