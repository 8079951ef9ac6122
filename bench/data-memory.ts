/**
 * What a set's size does to memory and to the first batch: shards of ten thousand to ten million tiny records, each
 * set read by a process of its own, as many records of each, the sets in turns and as often as --repeats says.
 * The process is Node (or Bun, with --runtime bun) and loads the built packages; --flags=--max-semi-space-size=4 starts it
 * with that flag.
 *
 *     bun run build && bun --conditions=@amface/source bench/data-memory.ts
 */
import { spawnSync } from "node:child_process";
import { link, mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import { recordsFile } from "../packages/data/src/shards/record-list.ts";
import { encodeIndex, encodeShards, type ShardRow } from "../packages/data/src/shards/shard-index.ts";
import { ShardWriter } from "../packages/data/src/shards/shard-writer.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000,100000,1000000,10000000" },
    read: { type: "string", default: "3000000" },
    repeats: { type: "string", default: "3" },
    identities: { type: "string" },
    runtime: { type: "string", default: "node" },
    flags: { type: "string", default: "" },
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
const flags = values.flags.split(" ").filter((flag) => flag !== "");
const { stdout: version } = spawnSync(values.runtime, ["--version"], { encoding: "utf8" });
console.log(
  `${cpus().length} × ${cpus()[0].model.trim()}, ${[values.runtime, version.trim(), ...flags].join(" ")}, ${new Date().toISOString().slice(0, 10)}`,
);
const sizes = values.records.split(",").map(Number);
const program = join(import.meta.dirname, "read-shards.mjs");
const found = new Map<number, Measurement[]>(sizes.map((records) => [records, []]));
try {
  for (const records of sizes) await writeSet(join(dir, String(records)), records);
  for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
    for (const records of sizes) {
      const args = [...flags, program, join(dir, String(records)), values.read];
      const { stdout, stderr, status } = spawnSync(values.runtime, args, { encoding: "utf8" });
      if (status !== 0) throw new Error(`Cannot measure ${records} records: ${stderr}`);
      found.get(records)!.push(JSON.parse(stdout.trim().split("\n").at(-1)!) as Measurement);
    }
  }
} finally {
  await rm(dir, { recursive: true });
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const smallest = median(found.get(sizes[0])!.map(({ resident }) => resident));
for (const runs of found.values()) {
  const resident = runs.map((run) => run.resident);
  const [{ photos, identities, read }] = runs;
  console.log(
    `${String(photos).padStart(9)} records, ${String(identities).padStart(6)} identities: ` +
      `first batch after ${median(runs.map((run) => run.firstBatchSeconds)).toFixed(2)} s; ` +
      `${read} read in ${median(runs.map(({ seconds }) => seconds)).toFixed(0)} s; ` +
      `resident ${mib(median(resident))} (runs: ${resident.map(mib).join(", ")}; ` +
      `most ${mib(Math.max(...runs.map(({ most }) => most)))}), ` +
      `${((100 * median(resident)) / smallest - 100).toFixed(1)} % from the first`,
  );
}
