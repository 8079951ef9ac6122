/**
 * Crops a second into float32 batches: amface from raw shards, JPEG shards, MXNet's records and identity folders, beside OpenCV and
 * Pillow on one core, in turns.
 *
 *     bun bench/data.ts
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { batches, identityFolder, openSource, type PhotoSource, packShards, renderFace } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import { encodeJpeg, encodePng, type RgbImage } from "@amface/images";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { Peer } from "./peers/peer.ts";

const { values } = parseArgs({
  options: {
    crops: { type: "string", default: "2000" },
    rounds: { type: "string", default: "7" },
    "batch-size": { type: "string", default: "64" },
    workers: { type: "string", default: String(Math.min(4, availableParallelism())) },
  },
});
const [crops, rounds, batchSize, workers] = [
  values.crops,
  values.rounds,
  values["batch-size"],
  values.workers,
].map(Number);
const dir = await mkdtemp(join(tmpdir(), "amface-bench-data-"));
const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** The middle of a generated photo, 112×96. */
function middle({ data, width, height }: RgbImage): RgbImage {
  const crop = new Uint8Array(112 * 96 * 3);
  const [left, top] = [(width - 96) >> 1, (height - 112) >> 1];
  for (let y = 0; y < 112; y++) {
    const from = ((top + y) * width + left) * 3;
    crop.set(data.subarray(from, from + 96 * 3), y * 96 * 3);
  }
  return { data: crop, width: 96, height: 112 };
}

/** Folders of 20 crops a person: of 200 different ones, as many times as it takes. */
async function writeCrops(): Promise<void> {
  const different = Array.from({ length: 200 }, (_, i) => middle(renderFace(i % 20, i).image));
  for (let i = 0; i < crops; i++) {
    const name = join(`p${String(Math.floor(i / 20)).padStart(4, "0")}`, String(i));
    const image = different[i % different.length];
    await writeFileAtomic(join(dir, "jpeg", `${name}.jpg`), await encodeJpeg(image, 90));
    await writeFileAtomic(join(dir, "png", `${name}.png`), await encodePng(image));
  }
  await writeRecords(join(dir, "jpeg"), join(dir, "records"));
  await packShards(join(dir, "jpeg"), join(dir, "jpeg-shards"));
  await packShards(join(dir, "jpeg"), join(dir, "raw-shards"), { encoding: "raw" });
}

/** The crops of a folder as MXNet's RecordIO with its index, in the order of the people. */
async function writeRecords(from: string, to: string): Promise<void> {
  const records: Uint8Array[] = [];
  const lines: string[] = [];
  const { identities, files } = await identityFolder(from);
  let offset = 0;
  for (const [i, { path, label }] of files.entries()) {
    const photo = await readFile(path);
    const record = Buffer.alloc(32 + ((photo.length + 3) & ~3));
    record.writeUInt32LE(0xced7230a);
    record.writeUInt32LE(24 + photo.length, 4);
    record.writeFloatLE(label, 12);
    record.set(photo, 32);
    records.push(record);
    lines.push(`${i + 1}\t${offset}\n`);
    offset += record.length;
  }
  await writeFileAtomic(join(to, "train.rec"), records);
  await writeFileAtomic(join(to, "train.idx"), lines.join(""));
  await writeFileAtomic(join(to, "property"), `${identities.length},112,96\n`);
}

interface Rate {
  /** Crops a second. */
  readonly rate: number;
  /** Microseconds of processor time a crop, of all threads: what other work on the machine disturbs less. */
  readonly cpu: number;
}

/** @param recycle Whether each batch's memory goes back to a later one, or to the collector. */
async function ours(source: PhotoSource, epochs: number, recycle: boolean, epoch: number): Promise<Rate> {
  const start = performance.now();
  const before = process.cpuUsage();
  let done = 0;
  for (let e = 0; e < epochs; e++) {
    const options = { batchSize, workers, prefetch: 2 * workers, epoch: epoch * epochs + e, flip: true };
    for await (const batch of batches(source, options)) {
      done += batch.labels.size;
      if (recycle) batch.recycle();
      else tf.dispose([batch.images, batch.labels]);
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { rate: done / ((performance.now() - start) / 1000), cpu: (user + system) / done };
}

interface Side {
  readonly name: string;
  /** What the ratio is taken to. */
  readonly against?: string;
  readonly measure: (round: number) => Promise<Rate>;
}

console.error(`making ${crops} crops`);
await writeCrops();
const peers: Peer[] = [];
async function theirs(library: string, mode: string): Promise<Side> {
  const args = [
    "--library",
    library,
    "--mode",
    mode,
    "--dir",
    join(dir, "jpeg"),
    "--batch-size",
    values["batch-size"],
  ];
  const peer = await Peer.start("image_loader.py", args);
  peers.push(peer);
  const what = mode === "decode" ? "decoding only" : "folder to float32";
  return {
    name: `${library} ${peer.version}, ${what}`,
    measure: async () => ({ rate: crops / (await peer.run(1)), cpu: (1e6 * peer.cpuSeconds) / crops }),
  };
}
const opencv = await theirs("opencv", "decode");
const opencvFolder = await theirs("opencv", "folder");
async function own(
  folder: string,
  name: string,
  epochs: number,
  against: string,
  recycle = true,
): Promise<Side> {
  const source = await openSource(join(dir, folder));
  return { name: `amface, ${name}`, against, measure: (round) => ours(source, epochs, recycle, round) };
}
const sides = [
  opencv,
  await own("raw-shards", "raw shards", 5, opencvFolder.name),
  await own("raw-shards", "raw shards, memory not recycled", 5, opencvFolder.name, false),
  await theirs("pillow", "decode"),
  await own("jpeg-shards", "JPEG shards", 1, opencv.name),
  await own("records", "MXNet's records of JPEG", 1, opencv.name),
  opencvFolder,
  await own("jpeg", "folders of JPEG", 1, opencvFolder.name),
  await theirs("pillow", "folder"),
  await own("png", "folders of PNG", 1, opencvFolder.name),
];

const measured = new Map<string, Rate[]>(sides.map(({ name }) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const { name, measure } of sides) {
    const rate = await measure(round + 1);
    if (round >= 0) measured.get(name)!.push(rate); // the first round warms up
  }
  if (round >= 0) console.error(`round ${round + 1}/${rounds}`);
}
for (const peer of peers) peer.stop();
await rm(dir, { recursive: true });

const runtime = process.versions.bun ? `Bun ${process.versions.bun}` : process.version;
console.log(
  `${crops} crops of 112×96, batch ${batchSize}, half of them mirrored, ${workers} workers, ${runtime}; ` +
    `${cpus().length} × ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}`,
);
for (const { name, against } of sides) {
  const own = measured.get(name)!;
  const others = against === undefined ? [] : measured.get(against)!;
  const rates = own.map(({ rate }) => rate);
  const ratio = median(others.map(({ rate }, i) => rates[i] / rate)).toFixed(2);
  const cpuRatio = median(others.map(({ cpu }, i) => cpu / own[i].cpu)).toFixed(2);
  console.log(
    `  ${name.padEnd(38)} ${median(rates).toFixed(0).padStart(6)} crops/s ` +
      `(${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}), ` +
      `${median(own.map(({ cpu }) => cpu)).toFixed(0)} µs of processor a crop` +
      `${against === undefined ? "" : `: ${ratio} × ${against}, ${cpuRatio} × by processor time`}`,
  );
}
