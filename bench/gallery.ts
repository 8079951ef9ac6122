/**
 * A gallery of many people beside LanceDB's exact search, in turns: opening, memory, one query, and whether both find the same.
 *
 *     bun bench/gallery.ts [--photos 1000000] [--size 512] [--lancedb DIR] [--json]
 *
 * `DIR` is a folder where `npm i @lancedb/lancedb apache-arrow@18` was run; without it only the gallery is measured. Two cores:
 * put `taskset -c 0,1` before it. Writes twice the embeddings' size below the system's temporary folder, and removes it.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "@amface/data";
import { useEngine } from "@amface/engine";
import { Gallery, type Match } from "@amface/lfw-eval";
import { keepInEngine } from "../packages/cli/src/gallery/keep-in-engine.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string", default: "1000000" },
    size: { type: "string", default: "512" },
    queries: { type: "string", default: "21" },
    lancedb: { type: "string" },
    json: { type: "boolean" },
    make: { type: "string" },
  },
});
const [photos, size, queries] = [values.photos, values.size, values.queries].map(Number);
const TOP = 5;
const PART = 65_536;
const PHOTOS_OF_ONE = 10;
const random = new Random("gallery", 1);

/** Noise to take photos from at any place: drawing each value of them anew would take longer than all the rest. */
const noise = Float32Array.from({ length: 2 ** 21 }, () => random.next() + random.next() - 1);
const place = () => Math.floor(random.next() * (noise.length - size));

/** A photo of length 1: what its person has, and as much of its own. */
function photoOf(person: number, out: Float32Array): void {
  const [own, at] = [(person * 7919) % (noise.length - size), place()];
  let sum = 0;
  for (let d = 0; d < size; d++) {
    out[d] = noise[own + d] + noise[at + d];
    sum += out[d] ** 2;
  }
  for (let d = 0; d < size; d++) out[d] /= Math.sqrt(sum);
}

interface Timed {
  readonly wall: number;
  readonly processor: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Timed & { readonly value: T }> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - start, processor: (user + system) / 1000, value };
}

const memory = () => Math.round(process.memoryUsage().rss / 2 ** 20);

/** Milliseconds, of several. */
function times(all: readonly Timed[]) {
  const of = (key: keyof Timed) => all.map((each) => each[key]).toSorted((a, b) => a - b);
  const [wall, processor] = [of("wall"), of("processor")];
  const middle = all.length >> 1;
  return { median: wall[middle], least: wall[0], processor: processor[middle] };
}

/** LanceDB as far as it is used here. */
interface Table {
  add(rows: unknown): Promise<unknown>;
  search(query: Float32Array): {
    limit(k: number): { select(columns: string[]): { toArray(): Promise<Hit[]> } };
  };
}
interface Hit {
  readonly row: number;
  readonly _distance: number;
}

async function lanceAt(peer: string, dir: string) {
  const load = createRequire(join(resolve(peer), "package.json"));
  const lancedb = load("@lancedb/lancedb");
  const arrow = load("apache-arrow");
  const version = load("@lancedb/lancedb/package.json").version as string;
  const schema = new arrow.Schema([
    new arrow.Field("row", new arrow.Int32()),
    new arrow.Field(
      "vector",
      new arrow.FixedSizeList(size, new arrow.Field("item", new arrow.Float32(), true)),
      true,
    ),
  ]);
  const part = (from: number, vectors: Float32Array) => {
    const length = vectors.length / size;
    const rows = Int32Array.from({ length }, (_, i) => from + i);
    const child = arrow.makeData({ type: new arrow.Float32(), length: vectors.length, data: vectors });
    const data = [
      arrow.makeData({ type: schema.fields[0].type, length, data: rows }),
      arrow.makeData({ type: schema.fields[1].type, length, child, nullCount: 0 }),
    ];
    const struct = arrow.makeData({
      type: new arrow.Struct(schema.fields),
      length,
      children: data,
      nullCount: 0,
    });
    return new arrow.Table(schema, [new arrow.RecordBatch(schema, struct)]);
  };
  const connection = await lancedb.connect(join(dir, "lance"));
  return {
    ...{ part, version },
    create: async () => (await connection.createEmptyTable("photos", schema)) as Table,
    open: async () => (await connection.openTable("photos")) as Table,
  };
}

/** Both stores on disk, by a process of its own, whose memory does not count. */
async function make(dir: string): Promise<void> {
  const gallery = await Gallery.create(join(dir, "gallery.arrow"), size);
  const lance = values.lancedb === undefined ? undefined : await lanceAt(values.lancedb, dir);
  const table = await lance?.create();
  for (let from = 0; from < photos; from += PART) {
    const length = Math.min(PART, photos - from);
    const data = new Float32Array(length * size);
    const people = Array.from({ length }, (_, i) => Math.floor((from + i) / PHOTOS_OF_ONE));
    for (const [i, person] of people.entries()) photoOf(person, data.subarray(i * size, (i + 1) * size));
    const named = people.map((person, i) => ({ name: `person-${person}`, path: `${from + i}` }));
    await gallery.add(named, { data, size });
    await table?.add(lance!.part(from, data));
  }
}

async function compare(dir: string) {
  await useEngine("onnx");
  const start = memory();
  const opened = await timed(() => Gallery.open(join(dir, "gallery.arrow"), size));
  const gallery = opened.value;
  const asked = Array.from({ length: queries + 1 }, () => {
    const query = new Float32Array(size);
    photoOf(Math.floor((random.next() * photos) / PHOTOS_OF_ONE), query);
    return query;
  });
  const own = (query: Float32Array) =>
    timed(() => gallery.identify({ data: query, size }, { top: TOP, keep: keepInEngine }));
  const first = await own(asked[0]);
  const loaded = memory();
  const lance = values.lancedb === undefined ? undefined : await lanceAt(values.lancedb, dir);
  const table = lance && (await timed(lance.open));
  // Enough photos to contain as many people: each has at most PHOTOS_OF_ONE.
  const other = (query: Float32Array) =>
    timed(() =>
      table!.value
        .search(query)
        .limit(TOP * PHOTOS_OF_ONE)
        .select(["row", "_distance"])
        .toArray(),
    );
  const otherFirst = table && (await other(asked[0]));
  const [ours, theirs]: Timed[][] = [[], []];
  let equal = 0;
  for (const query of asked.slice(1)) {
    const mine = await own(query);
    ours.push(mine);
    if (!table) continue;
    const hits = await other(query);
    theirs.push(hits);
    if (isSame(mine.value[0], hits.value)) equal++;
  }
  const { version } = lance ?? {};
  return {
    ...{
      photos,
      size,
      queries,
      top: TOP,
      processor: cpus()[0].model.trim(),
      cores: cpus().length,
    },
    date: new Date().toISOString().slice(0, 10),
    gallery: {
      ...{ openMs: opened.wall, firstQueryMs: first.wall, memoryMiB: loaded - start, queryMs: times(ours) },
    },
    ...(table && {
      lancedb: {
        ...{ version, openMs: table.wall, firstQueryMs: otherFirst!.wall, memoryMiB: memory() - loaded },
        ...{ queryMs: times(theirs), sameAnswers: `${equal} of ${queries}` },
      },
    }),
  };
}

/** Whether both name the same people at the same distances, in this order but where distances are equal to rounding. */
function isSame(matches: readonly Match[], hits: readonly Hit[]): boolean {
  const people = new Map<string, number>();
  for (const { row, _distance } of hits) {
    const name = `person-${Math.floor(row / PHOTOS_OF_ONE)}`;
    if (!people.has(name)) people.set(name, _distance);
  }
  const theirs = [...people].slice(0, TOP);
  return matches.every(
    ({ name, distance }, k) =>
      Math.abs(distance - theirs[k][1]) < 1e-5 && Math.abs((people.get(name) ?? 9) - distance) < 1e-5,
  );
}

if (values.make !== undefined) {
  await make(values.make);
} else {
  const dir = await mkdtemp(join(tmpdir(), "amface-bench-gallery-"));
  try {
    const { status } = spawnSync(process.execPath, [...process.argv.slice(1), "--make", dir], {
      stdio: ["ignore", 2, 2],
    });
    if (status !== 0) throw new Error(`Cannot make the galleries: expected exit 0, got ${status}`);
    const found = await compare(dir);
    console.log(values.json ? JSON.stringify(found) : JSON.stringify(found, undefined, 2));
  } finally {
    await rm(dir, { recursive: true });
  }
}
