/**
 * How good a face detector is beside the reference's MTCNN, both run here with the same settings, on photos that the
 * training left out. Five parts, in the folder `detector/`: faces found (`detection`), landmarks beside hand-placed ones
 * (`landmarks`), LFW's protocol on the crops (`verification`), photos made harder (`robustness`) and `speed`.
 *
 *     bun bench/detector.ts --data ../shared/data
 *
 * `--weights DIR` measures other weights than those that come with the package; `--reference DIR` is the other side's, by
 * default DATA/weights. `--only detection,landmarks` makes those parts only. `--sample N` takes every Nth photo and pair of
 * LFW, and every Nth photo that is made harder. `--sheet DIR` writes pictures of the faces that only one side finds,
 * `--json FILE` the tables. `--thresholds .6,.7,.7` are for ours alone, to try others; `--rounds 5` are those of the speed.
 */
import { readdir } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadDetector } from "@amface/align";
import { listIdentities, writeFileAtomic } from "@amface/files";
import { compareFaces } from "./detector/compare-faces.ts";
import { agreementByFace, agreementTable, handPlacedTable } from "./detector/detection-tables.ts";
import { readHeldOut } from "./detector/hand-placed.ts";
import { landmarkTable } from "./detector/landmark-tables.ts";
import { PhotoViewer } from "./detector/photo-viewer.ts";
import { heldOutRobustness, sceneRobustness } from "./detector/robustness-table.ts";
import { type Detectors, OPTIONS } from "./detector/sides.ts";
import { speedTable } from "./detector/speed-table.ts";
import { formatTable, type Table } from "./detector/table.ts";
import { verificationTable } from "./detector/verification-table.ts";
import { writeSheets } from "./detector/write-sheets.ts";

const PARTS = ["detection", "landmarks", "verification", "robustness", "speed"] as const;
type Part = (typeof PARTS)[number];
/** Scenes that are generated to be made harder. */
const SCENES = 100;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    weights: { type: "string" },
    reference: { type: "string" },
    thresholds: { type: "string" },
    only: { type: "string", default: PARTS.join() },
    sample: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    sheet: { type: "string" },
    json: { type: "string" },
  },
});
const { weights, sheet } = values;
const data = values.data ?? "";
if (!data) throw new Error("Cannot start: expected --data DIR");
const parts = values.only.split(",");
const unknown = parts.find((part) => !PARTS.some((known) => known === part));
if (unknown !== undefined) throw new Error(`Cannot start: expected --only of ${PARTS}, got ${unknown}`);
const [sample, rounds] = [values.sample, values.rounds].map(Number);
const thresholds = values.thresholds?.split(",").map(Number) as [number, number, number] | undefined;

const detectors: Detectors = {
  ours: await loadDetector(weights),
  reference: await loadDetector(values.reference ?? join(data, "weights")),
  ...(thresholds && { thresholds }),
};
const viewer = new PhotoViewer(detectors);
const heldOut = await readHeldOut(join(data, "landmarks"));
const lfwDir = join(data, "lfw", "images");
const lfw = (await listIdentities(lfwDir)).flatMap(({ files }) => files);
const everyNth = <T>(items: readonly T[]) => items.filter((_, i) => i % sample === 0);

/** LFW's photos, the whole photos and the held-out ones. */
async function detection(): Promise<Table[]> {
  const whole = (await readdir(join(data, "photos"))).filter((file) => file.endsWith(".jpg"));
  const inFolder = (folder: string) => (file: string) => ({ path: join(folder, file) });
  const annotated = await viewer.see("annotated", heldOut);
  const agreements = {
    lfw: compareFaces(await viewer.see("LFW", everyNth(lfw).map(inFolder(lfwDir)))),
    photos: compareFaces(await viewer.see("whole", whole.map(inFolder(join(data, "photos"))))),
    "held-out": compareFaces(annotated),
  };
  for (const [name, { extra, missed }] of sheet ? Object.entries(agreements) : []) {
    await writeSheets(sheet!, `${name}-only-ours`, extra);
    await writeSheets(sheet!, `${name}-only-reference`, missed);
  }
  return [
    agreementTable(agreements),
    agreementByFace("LFW by box", agreements.lfw),
    handPlacedTable(annotated),
  ];
}

const MAKE: Record<Part, () => Promise<Table[]>> = {
  detection,
  landmarks: async () => [landmarkTable(await viewer.see("annotated", heldOut))],
  verification: async () => [await verificationTable(viewer, data, sample)],
  robustness: async () => [
    await heldOutRobustness(viewer, everyNth(heldOut)),
    await sceneRobustness(viewer, Math.ceil(SCENES / sample)),
  ],
  speed: async () => [await speedTable(detectors, lfwDir, lfw, rounds)],
};

const made = {
  date: new Date().toISOString().slice(0, 10),
  runtime: process.versions.bun ? `Bun ${process.versions.bun}` : process.version,
  machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
  options: { ...OPTIONS, ours: thresholds, sample },
  weights: { ours: detectors.ours.weightsSha256, reference: detectors.reference.weightsSha256 },
};
console.log(
  `smallest face ${OPTIONS.minSize}, thresholds ${OPTIONS.thresholds}${thresholds ? ` (ours ${thresholds})` : ""}, ` +
    `scale factor ${OPTIONS.scaleFactor}${sample === 1 ? "" : `, every ${sample}th`}; ` +
    `${made.runtime}, ${made.machine}, ${made.date}\n`,
);
const tables: Table[] = [];
for (const part of PARTS.filter((part) => parts.includes(part))) {
  for (const table of await MAKE[part]()) {
    tables.push(table);
    console.log(`${formatTable(table)}\n`);
  }
}
if (values.json) await writeFileAtomic(values.json, `${JSON.stringify({ ...made, tables }, null, 1)}\n`);
detectors.ours.dispose();
detectors.reference.dispose();
