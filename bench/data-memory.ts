/**
 * What a set's size does to memory and to the first batch: shards of ten thousand to ten million tiny records, each
 * set read by a process of its own, the largest once from end to end and the smaller ones as often as it takes.
 * The process is Node (or Bun, with --runtime bun) and loads the built packages.
 *
 *     bun run build && bun --conditions=@amface/source bench/data-memory.ts
 */
import { spawnSync } from "node:child_process";
import { link, mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "@amface/data";
import { writeFileAtomic } from "@amface/images";
import {
  encodeIndex,
  encodeShards,
  recordsFile,
  type ShardRow,
} from "../packages/data/src/shards/shard-index.ts";
import { ShardWriter } from "../packages/data/src/shards/shard-writer.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000,100000,1000000,10000000" },
    read: { type: "string" },
    identities: { type: "string" },
    runtime: { type: "string", default: "node" },
  },
});
const SHARD = 8192;
/** Shards that are written; larger sets link to them again under other names. */
const DIFFERENT = 16;

/** A set of 2×2 photos, a hundredth as many identities as records unless --identities says how many. */
async function writeSet(dir: string, records: number): Promise<void> {
  await mkdir(dir);
  const identities = Number(values.identities ?? records / 100);
  const shards = Math.ceil(records / SHARD);
  const photos = new Uint32Array(identities);
  const rows: ShardRow[] = [];
  const classes: number[][] = [];
  for (let s = 0; s < shards; s++) {
    const size = Math.min(SHARD, records - s * SHARD);
    const name = `faces-${String(s).padStart(5, "0")}.tfrecord`;
    if (s >= DIFFERENT && size === SHARD) {
      const twin = rows[s % DIFFERENT];
      await link(join(dir, twin.file), join(dir, name));
      await link(join(dir, recordsFile(twin.file)), join(dir, recordsFile(name)));
      rows.push({ ...twin, file: name });
    } else {
      const random = new Random("memory", s);
      const writer = await ShardWriter.create(dir, name);
      classes[s] = [];
      for (let r = 0; r < size; r++) {
        const label = random.int(identities);
        classes[s].push(label);
        const encoded = Uint8Array.from({ length: 12 }, () => random.int(256));
        const text = `identity ${label}`;
        await writer.add({
          encoded,
          format: "RAW",
          height: 2,
          width: 2,
          label,
          text,
          filename: `${text}/${r}.raw`,
        });
      }
      rows.push(await writer.finish());
    }
    for (const label of classes[s] ?? classes[s % DIFFERENT]) photos[label]++;
  }
  const index = Array.from(photos.entries()).flatMap(([label, count]) =>
    count === 0 ? [] : [{ label, identity: `identity ${label}`, photos: count, folder: "", class: label }],
  );
  await writeFileAtomic(join(dir, "shards.arrow"), encodeShards(rows));
  await writeFileAtomic(join(dir, "index.arrow"), encodeIndex(index));
}

/** What read-shards.mjs prints. */
interface Measurement {
  readonly photos: number;
  readonly identities: number;
  readonly firstBatchSeconds: number;
  readonly read: number;
  readonly seconds: number;
  /** Bytes of resident memory: median over the second half of the reading, and the most. */
  readonly resident: number;
  readonly most: number;
}

const dir = await mkdtemp(join(tmpdir(), "amface-bench-memory-"));
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const { stdout: version } = spawnSync(values.runtime, ["--version"], { encoding: "utf8" });
console.log(
  `${cpus().length} × ${cpus()[0].model.trim()}, ${values.runtime} ${version.trim()}, ${new Date().toISOString().slice(0, 10)}`,
);
let smallest: Measurement | undefined;
for (const records of values.records.split(",").map(Number)) {
  const set = join(dir, String(records));
  await writeSet(set, records);
  const program = join(import.meta.dirname, "read-shards.mjs");
  const toRead = values.read ?? String(Math.max(records, 3e6));
  const { stdout, stderr, status } = spawnSync(values.runtime, [program, set, toRead], { encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot measure ${records} records: ${stderr}`);
  const found = JSON.parse(stdout.trim().split("\n").at(-1)!) as Measurement;
  smallest ??= found;
  console.log(
    `${String(found.photos).padStart(9)} records, ${String(found.identities).padStart(6)} identities: ` +
      `first batch after ${found.firstBatchSeconds.toFixed(2)} s; ${found.read} read in ${found.seconds.toFixed(0)} s; ` +
      `resident ${mib(found.resident)} (most ${mib(found.most)}), ` +
      `${((100 * found.resident) / smallest.resident - 100).toFixed(1)} % from the first`,
  );
  await rm(set, { recursive: true });
}
await rm(dir, { recursive: true });
