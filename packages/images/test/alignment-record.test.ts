import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ALIGNMENT_FILE, type AlignmentRecord, alignmentDifferences, readAlignment } from "@amface/images";
import { formatAlignment } from "../src/alignment-record.ts";

const record: AlignmentRecord = {
  detector: "mtcnn",
  weightsSha256: "0123456789abcdef".repeat(4),
  minSize: 20,
  thresholds: [0.6, 0.7, 0.7],
  scaleFactor: 0.709,
  template: [
    [30.2946, 51.6963],
    [65.5318, 51.5014],
  ],
  height: 112,
  width: 96,
  colour: "RGB",
  interpolation: "bilinear",
  border: "black",
  missing: "skip",
  faces: "chosen",
};

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-record-"));
});
after(() => rm(dir, { recursive: true }));

test("readAlignment() reads back what formatAlignment() wrote, and tells a missing record from a damaged one", async () => {
  assert.equal(await readAlignment(dir), undefined);
  assert.equal(await readAlignment(join(dir, "nowhere")), undefined);
  const path = join(dir, ALIGNMENT_FILE);
  await writeFile(path, formatAlignment(record));
  assert.deepEqual(await readAlignment(dir), record);
  for (const [text, wrong] of [
    ["", /expected JSON as align writes it, got ""/],
    ["{", /expected JSON as align writes it, got "\{"/],
    ["null", /expected an object, got null/],
    ["[]", /expected an object, got \[\]/],
    ["{}", /detector: expected amface or mtcnn, got nothing/],
    [JSON.stringify({ ...record, minSize: "20" }), /minSize: expected a number, got "20"/],
    [JSON.stringify({ ...record, template: [[1]] }), /template\[0\]: expected a list of 2, got \[1\]/],
    [JSON.stringify({ ...record, faces: "some" }), /faces: expected chosen or all, got "some"/],
  ] as const) {
    await writeFile(path, text);
    await assert.rejects(readAlignment(dir), ({ message }: Error) => {
      assert.match(message, /^Cannot read the alignment record .*alignment\.json: /);
      return wrong.test(message);
    });
  }
  await rm(path);
  await mkdir(path);
  await assert.rejects(readAlignment(dir), /Cannot read the alignment record .*EISDIR/);
});

test("alignmentDifferences() names the fields that change a crop's pixels, and others on demand", () => {
  assert.equal(alignmentDifferences(record, { ...record, thresholds: [0.6, 0.7, 0.7] }), "");
  const other = {
    ...record,
    minSize: 40,
    template: [[0, 1]] as const,
    missing: "center",
    faces: "all",
  } as const;
  assert.equal(
    alignmentDifferences(record, other),
    "minSize 40 instead of 20, template [[0,1]] instead of [[30.2946,51.6963],[65.5318,51…",
  );
  assert.match(
    alignmentDifferences(record, other, "all"),
    /, missing "center" instead of "skip", faces "all"/,
  );
  const { border: _, ...older } = record;
  assert.equal(alignmentDifferences(record, older as AlignmentRecord), 'border none instead of "black"');
});
