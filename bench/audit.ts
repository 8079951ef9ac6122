/**
 * How much of a planted damage `amface audit` finds, and how much of what it finds was planted. The damage, drawn by a seed, of aligned crops
 * with their embeddings:
 *
 * - 3 % of the photos get the label of another person, in a circle;
 * - 1 % of the people are split in two names (of those with six photos or more, each half a random half);
 * - 1 % as many photos as there are come from the test set, saved again as JPEG of quality 50 to 90: half of them under the names of
 *   people who are there, half, up to four photos each, under new names;
 * - beyond that, people merged under one name, as many as split.
 *
 * A set's own wrong labels are no planted ones. So the undamaged set is audited first, and what is found in it is left out before the
 * damage is done; the table also has the figures without that, where every such photo counts as a false alarm.
 *
 *     bun bench/audit.ts --crops crops --embeddings crops.npy --lfw-dir lfw-crops --lfw-embeddings lfw.npy \
 *       --model mobilefacenet.safetensors --net mobilefacenet --flip sum [--seeds 3]
 *     bun bench/audit.ts --speed 100000x512    # label checks alone, on made embeddings
 */
import { link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { auditLabels, type EmbeddingTable, identityOf, Random, readExclusions } from "@amface/data";
import { useEngine } from "@amface/engine";
import { encodeJpeg, readImage } from "@amface/images";
import type { Flip } from "@amface/lfw-eval";
import type { NetName } from "@amface/nets";
import { embedFiles, loadModel } from "@amface/train";
import { readEmbeddings } from "../packages/cli/src/embeddings/read-embeddings.ts";
import { writeEmbeddings } from "../packages/cli/src/embeddings/write-embeddings.ts";
import { COMMANDS, runProgram } from "../packages/cli/src/mod.ts";
import { engineProducts } from "../packages/cli/src/model/engine-products.ts";

const { values } = parseArgs({
  options: {
    crops: { type: "string", default: "" },
    embeddings: { type: "string", default: "" },
    "lfw-dir": { type: "string", default: "" },
    "lfw-embeddings": { type: "string", default: "" },
    model: { type: "string", default: "" },
    net: { type: "string" },
    flip: { type: "string", default: "concat" },
    seeds: { type: "string", default: "1" },
    /** A list of exclusions in place of an audit of the undamaged set. */
    "leave-out": { type: "string" },
    /** Only people whose name begins so. */
    only: { type: "string", default: "" },
    "as-it-is": { type: "boolean", default: false },
    speed: { type: "string" },
  },
});

/** A damaged set: whose photo each path is, and what was done. */
interface Damaged {
  readonly table: EmbeddingTable;
  /** The file of each path. */
  readonly files: ReadonlyMap<string, string>;
  readonly swapped: ReadonlySet<string>;
  readonly planted: ReadonlySet<string>;
  /** Pairs of names, sorted and joined. */
  readonly split: ReadonlySet<string>;
  readonly merged: ReadonlySet<string>;
}

const [SWAPPED, SPLIT, PLANTED] = [0.03, 0.01, 0.01];
const work = await mkdtemp(join(tmpdir(), "amface-audit-bench-"));
try {
  if (values.speed !== undefined) await measureSpeed(values.speed);
  else await measureFinding();
} finally {
  await rm(work, { recursive: true });
}

async function measureFinding(): Promise<void> {
  const all = await readEmbeddings(values.embeddings);
  const whole = select(
    all,
    all.paths.flatMap((path, row) => (path.startsWith(values.only) ? [row] : [])),
  );
  const folder = resolve(values.crops);
  const files = new Map(whole.paths.map((path) => [path, join(folder, path)]));
  console.log(`${whole.paths.length} photos of ${new Set(whole.paths.map(identityOf)).size} people`);
  const listed = values["leave-out"];
  const out = new Set(
    listed === undefined ? (await auditSet("undamaged", whole, files)).exclude : await readExclusions(listed),
  );
  const rows = whole.paths.flatMap((path, row) =>
    out.has(path) || out.has(`${identityOf(path)}/`) ? [] : [row],
  );
  console.log(
    `left out before: ${whole.paths.length - rows.length} photos that an audit of the undamaged set found`,
  );
  for (const [name, table] of [
    ...(values["as-it-is"] ? [["as it is", whole] as const] : []),
    ["cleaned before", select(whole, rows)] as const,
  ])
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      const damaged = await damage(table, files, seed);
      const { audit, seconds, cpu } = await auditSet(`${name} ${seed}`, damaged.table, damaged.files);
      const { labels, overlap } = audit;
      const pairs = labels.twoNames.map(({ identity, other }) => [identity, other].sort().join(" "));
      console.log(
        [
          `${name}, seed ${seed}: ${damaged.table.paths.length} photos, ${seconds.toFixed(0)} s (${cpu.toFixed(0)} s of processor)`,
          // Test photos under a wrong name are both; they count as planted.
          rates(
            "wrong labels",
            without(
              labels.wrongLabels.map(({ path }) => path),
              damaged.planted,
            ),
            damaged.swapped,
          ),
          rates("people under two names", pairs, damaged.split),
          rates(
            "test photos",
            overlap!.copies.map(({ training }) => training),
            damaged.planted,
          ),
          rates(
            "two people under one name",
            labels.twoPeople.map(({ identity }) => identity),
            damaged.merged,
          ),
        ].join("\n  "),
      );
    }
}

function without(paths: readonly string[], others: ReadonlySet<string>): string[] {
  return paths.filter((path) => !others.has(path));
}

function rates(name: string, found: readonly string[], truth: ReadonlySet<string>): string {
  const right = found.filter((item) => truth.has(item)).length;
  const [precision, recall] = [right / found.length, right / truth.size];
  return `${name.padEnd(26)} precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  (${right} of ${found.length} found, ${truth.size} planted)`;
}

interface AuditFile {
  readonly labels: {
    readonly wrongLabels: readonly { readonly path: string }[];
    readonly twoNames: readonly { readonly identity: string; readonly other: string }[];
    readonly twoPeople: readonly { readonly identity: string }[];
  };
  readonly overlap?: { readonly copies: readonly { readonly training: string }[] };
}

/** Links the photos into a folder and runs `amface audit` on it. */
async function auditSet(name: string, table: EmbeddingTable, files: ReadonlyMap<string, string>) {
  const dir = join(work, name.replaceAll(" ", "-"));
  for (const path of table.paths) {
    await mkdir(dirname(join(dir, "crops", path)), { recursive: true });
    await link(files.get(path)!, join(dir, "crops", path)).catch(async () =>
      writeFile(join(dir, "crops", path), await readFile(files.get(path)!)),
    );
  }
  await writeEmbeddings(join(dir, "e.npy"), { names: table.paths, data: table.data, size: table.size });
  const args = [
    "audit",
    join(dir, "crops"),
    "--embeddings",
    join(dir, "e.npy"),
    "--output-dir",
    join(dir, "out"),
  ];
  const test = ["--lfw-dir", values["lfw-dir"], "--lfw-embeddings", values["lfw-embeddings"]];
  const [start, before] = [performance.now(), process.cpuUsage()];
  let error = "";
  const status = await runProgram(COMMANDS, [...args, ...test, "--quiet", "--json"], {
    stdout: { write: () => {} },
    stderr: { write: (text: string) => (error += text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  if (status !== 0) throw new Error(error);
  const { user, system } = process.cpuUsage(before);
  return {
    audit: JSON.parse(await readFile(join(dir, "out", "audit.json"), "utf8")) as AuditFile,
    exclude: (await readFile(join(dir, "out", "exclude.txt"), "utf8")).trimEnd().split("\n"),
    seconds: (performance.now() - start) / 1000,
    cpu: (user + system) / 1e6,
  };
}

async function damage(
  whole: EmbeddingTable,
  originals: ReadonlyMap<string, string>,
  seed: number,
): Promise<Damaged> {
  const random = new Random("audit damage", seed);
  const draw = (count: number, of: number) => [...random.permutation(of)].slice(0, count);
  const paths = [...whole.paths];
  const rowsOf = new Map<string, number[]>();
  for (const [row, path] of paths.entries())
    rowsOf.set(identityOf(path), [...(rowsOf.get(identityOf(path)) ?? []), row]);
  const base = (row: number) => whole.paths[row].replaceAll("/", "-");
  const count = Math.round(SPLIT * rowsOf.size);
  const large = [...rowsOf].filter(([, rows]) => rows.length >= 6).map(([identity]) => identity);
  const chosen = draw(3 * count, large.length).map((i) => large[i]);
  const split = new Set<string>();
  for (const identity of chosen.slice(0, count)) {
    const rows = rowsOf.get(identity)!;
    for (const i of draw(rows.length >> 1, rows.length))
      paths[rows[i]] = `second-${identity}/${base(rows[i])}`;
    split.add([identity, `second-${identity}`].sort().join(" "));
  }
  const merged = new Set<string>();
  for (let i = count; i < 2 * count; i++) {
    for (const row of rowsOf.get(chosen[i + count])!) paths[row] = `${chosen[i]}/${base(row)}`;
    merged.add(chosen[i]);
  }
  const rows = draw(Math.round(SWAPPED * paths.length), paths.length);
  const names = rows.map((row) => identityOf(paths[row]));
  const swapped = new Set<string>();
  for (const [i, row] of rows.entries()) {
    const name = names[(i + 1) % names.length];
    if (name === names[i]) continue;
    paths[row] = `${name}/${base(row)}`;
    swapped.add(paths[row]);
  }
  const planted = await plant([...rowsOf.keys()], Math.round(PLANTED * paths.length), random);
  const data = new Float32Array(whole.data.length + planted.data.length);
  data.set(whole.data);
  data.set(planted.data, whole.data.length);
  return {
    table: { paths: [...paths, ...planted.paths], data, size: whole.size },
    files: new Map([
      ...paths.map((path, row) => [path, originals.get(whole.paths[row])!] as const),
      ...planted.paths.map((path, i) => [path, planted.files[i]] as const),
    ]),
    ...{ swapped, split, merged, planted: new Set(planted.paths) },
  };
}

/** Photos of the test set, saved again, half under names that are there. */
async function plant(identities: readonly string[], count: number, random: Random) {
  const { paths: all } = await readEmbeddings(values["lfw-embeddings"]);
  const dir = await mkdtemp(join(work, "planted-"));
  const [paths, files]: [string[], string[]] = [[], []];
  for (const [i, row] of [...random.permutation(all.length)].slice(0, count).entries()) {
    const name = i < count / 2 ? random.pick(identities) : `new-${i >> 2}`;
    const image = await readImage(join(values["lfw-dir"], all[row]));
    files.push(join(dir, `${i}.jpg`));
    await writeFile(files[i], await encodeJpeg(image, 50 + random.int(41)));
    paths.push(`${name}/planted-${i}.jpg`);
  }
  await useEngine();
  const net = await loadModel(values.model, values.net as NetName | undefined);
  const { data } = await embedFiles(net, files, { flip: values.flip as Flip });
  return { paths, files, data };
}

function select({ paths, data, size }: EmbeddingTable, rows: readonly number[]): EmbeddingTable {
  const kept = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) kept.set(data.subarray(row * size, (row + 1) * size), i * size);
  return { paths: rows.map((row) => paths[row]), data: kept, size };
}

/** Seconds for the labels of made embeddings: people of 20 photos, each a direction with as much noise. */
async function measureSpeed(shape: string): Promise<void> {
  const [photos, size] = shape.split("x").map(Number);
  const data = new Float32Array(photos * size);
  const paths: string[] = [];
  const random = new Random("speed", 1);
  let direction: number[] = [];
  for (let photo = 0; photo < photos; photo++) {
    if (photo % 20 === 0) direction = Array.from({ length: size }, () => random.normal());
    for (let i = 0; i < size; i++) data[photo * size + i] = direction[i] + 0.8 * random.normal();
    // One photo in 33 under the next person's name.
    const person = Math.floor(photo / 20) + Number(photo % 33 === 7);
    paths.push(`p${person % Math.floor(photos / 20)}/${photo}.png`);
  }
  const { name, device } = await useEngine();
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { wrongLabels } = await auditLabels({ paths, data, size }, { products: engineProducts });
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${photos} × ${size}, ${name}:${device}: ${((performance.now() - start) / 1000).toFixed(1)} s, ` +
      `${((user + system) / 1e6).toFixed(1)} s of processor; ${wrongLabels.length} wrong labels`,
  );
}
