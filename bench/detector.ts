/**
 * How good a face detector is beside the reference's MTCNN, both run here with the same settings: faces found, landmarks
 * beside hand-placed ones, on photos that the training left out. The folder `detector/` holds the parts.
 *
 *     bun --conditions=@amface/source bench/detector.ts --data ../shared/data --weights DIR
 *
 * `--reference DIR` is the other side's weights, by default DATA/weights. `--only detection,landmarks` makes only those
 * tables. `--sample N` takes every Nth photo of LFW. `--sheet DIR` writes pictures of the faces that only one side finds,
 * `--json FILE` the tables. `--thresholds .6,.7,.7` are for ours alone, to try others.
 */
import { readdir } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadDetector } from "@amface/align";
import { listIdentities, writeFileAtomic } from "@amface/images";
import { compareFaces } from "./detector/compare-faces.ts";
import { agreementByFace, agreementTable, handPlacedTable } from "./detector/detection-tables.ts";
import { readHeldOut } from "./detector/hand-placed.ts";
import { landmarkTable } from "./detector/landmark-tables.ts";
import { seePhotos } from "./detector/see-photos.ts";
import { type Detectors, OPTIONS } from "./detector/sides.ts";
import { formatTable, type Table } from "./detector/table.ts";
import { writeSheets } from "./detector/write-sheets.ts";

const PARTS = ["detection", "landmarks"];

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    weights: { type: "string" },
    reference: { type: "string" },
    thresholds: { type: "string" },
    only: { type: "string", default: PARTS.join() },
    sample: { type: "string", default: "1" },
    sheet: { type: "string" },
    json: { type: "string" },
  },
});
const { data, weights, sheet } = values;
if (!data || !weights) throw new Error("Cannot start: expected --data DIR and --weights DIR");
const parts = values.only.split(",");
const unknown = parts.find((part) => !PARTS.includes(part));
if (unknown !== undefined) throw new Error(`Cannot start: expected --only of ${PARTS}, got ${unknown}`);
const sample = Number(values.sample);
const thresholds = values.thresholds?.split(",").map(Number) as [number, number, number] | undefined;

const detectors: Detectors = {
  ours: await loadDetector(weights),
  reference: await loadDetector(values.reference ?? join(data, "weights")),
  ...(thresholds && { thresholds }),
};
const heldOut = await seePhotos(detectors, "annotated", await readHeldOut(join(data, "landmarks")));

/** LFW's photos, the whole photos and the held-out ones. */
async function detection(): Promise<Table[]> {
  const lfwDir = join(data!, "lfw", "images");
  const lfw = (await listIdentities(lfwDir))
    .flatMap(({ files }) => files)
    .filter((_, i) => i % sample === 0)
    .map((file) => ({ path: join(lfwDir, file) }));
  const whole = (await readdir(join(data!, "photos")))
    .filter((file) => file.endsWith(".jpg"))
    .map((file) => ({ path: join(data!, "photos", file) }));
  const agreements = {
    lfw: compareFaces(await seePhotos(detectors, "LFW", lfw)),
    photos: compareFaces(await seePhotos(detectors, "whole", whole)),
    "held-out": compareFaces(heldOut),
  };
  for (const [name, { extra, missed }] of sheet ? Object.entries(agreements) : []) {
    await writeSheets(sheet!, `${name}-only-ours`, extra);
    await writeSheets(sheet!, `${name}-only-reference`, missed);
  }
  return [
    agreementTable(agreements),
    agreementByFace("LFW by box", agreements.lfw),
    handPlacedTable(heldOut),
  ];
}

const tables: Table[] = [];
if (parts.includes("detection")) tables.push(...(await detection()));
if (parts.includes("landmarks")) tables.push(landmarkTable(heldOut));

const made = {
  date: new Date().toISOString().slice(0, 10),
  runtime: process.versions.bun ? `Bun ${process.versions.bun}` : process.version,
  machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
  options: { ...OPTIONS, ours: thresholds },
  weights: { ours: detectors.ours.weightsSha256, reference: detectors.reference.weightsSha256 },
};
console.log(
  `smallest face ${OPTIONS.minSize}, thresholds ${OPTIONS.thresholds}${thresholds ? ` (ours ${thresholds})` : ""}, ` +
    `scale factor ${OPTIONS.scaleFactor}; every ${sample === 1 ? "" : `${sample}th `}photo of LFW; ` +
    `${made.runtime}, ${made.machine}, ${made.date}\n`,
);
for (const table of tables) console.log(`${formatTable(table)}\n`);
if (values.json) await writeFileAtomic(values.json, `${JSON.stringify({ ...made, tables }, null, 1)}\n`);
detectors.ours.dispose();
detectors.reference.dispose();
