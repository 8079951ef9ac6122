/**
 * Corrupts photos at random and aligns them: nothing may crash, and memory may not grow.
 *
 *     bun test/programs/fuzz-align.ts \
 *       [--files 1000] [--seed 1] [--photos DIR] [--weights DIR] [--workers 2]
 *
 * Photos are those of an identity folder, or generated patterns in every format; the same seed corrupts them in
 * the same way. Files go through `alignFolder` in rounds of a tenth. Prints the counts by outcome and kind of
 * corruption, and the memory after each round.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { type AlignOutcome, alignFolder, loadDetector } from "@amface/align";
import { Random } from "@amface/data";
import { listIdentities } from "@amface/files";
import sharp from "sharp";
import { CornerDetector } from "../../packages/align/test/fake-detector.ts";
import { pattern } from "../../packages/align/test/pattern.ts";

const ROUNDS = 10;
const FORMATS = ["jpeg", "png", "webp", "gif", "tiff", "avif"] as const;

interface Source {
  readonly extension: string;
  readonly bytes: Uint8Array;
}

type Corruption = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const position = (bytes: Uint8Array, random: Random) => random.int(Math.max(1, bytes.length));

const CORRUPTIONS: Record<string, Corruption> = {
  truncated: (bytes, random) => bytes.slice(0, position(bytes, random)),
  "bytes changed": (bytes, random) => {
    const changed = bytes.slice();
    for (let i = 1 + random.int(40); i > 0; i--) changed[position(changed, random)] = random.int(256);
    return changed;
  },
  "bits flipped": (bytes, random) => {
    const changed = bytes.slice();
    for (let i = 1 + random.int(8); i > 0; i--) changed[position(changed, random)] ^= 1 << random.int(8);
    return changed;
  },
  "header changed": (bytes, random) => {
    const changed = bytes.slice();
    for (let i = 1 + random.int(6); i > 0; i--)
      changed[random.int(Math.min(700, changed.length))] = random.int(256);
    return changed;
  },
  "range zeroed": (bytes, random) => {
    const at = position(bytes, random);
    return bytes.slice().fill(0, at, at + 1 + random.int(2000));
  },
  "range removed": (bytes, random) => {
    const at = position(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.int(500))]);
  },
  "noise inserted": (bytes, random) => {
    const at = position(bytes, random);
    const noise = Uint8Array.from({ length: 1 + random.int(300) }, () => random.int(256));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  "joined with another": (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, position(bytes, random)), other.subarray(position(other, random))]),
  "noise only": (bytes, random) =>
    Uint8Array.from({ length: position(bytes, random) }, () => random.int(256)),
};

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    photos: { type: "string" },
    weights: { type: "string" },
    workers: { type: "string", default: "2" },
  },
});
const [files, seed, workers] = [Number(values.files), Number(values.seed), Number(values.workers)];

async function sources(): Promise<Source[]> {
  if (values.photos === undefined) {
    const pictures = [pattern(120, 90), pattern(64, 64), pattern(250, 250)];
    return Promise.all(
      pictures.flatMap(({ data, width, height }) =>
        FORMATS.map(async (format) => ({
          extension: `.${format}`,
          bytes: await sharp(data, { raw: { width, height, channels: 3 } })
            .toFormat(format)
            .toBuffer(),
        })),
      ),
    );
  }
  const random = new Random(seed, "photos");
  const paths = (await listIdentities(values.photos)).flatMap((identity) => identity.files);
  const chosen = Array.from(random.permutation(paths.length).slice(0, 60), (i) => paths[i]);
  return Promise.all(
    chosen.map(async (path, i) => {
      const bytes = await readFile(join(values.photos as string, path));
      const format = FORMATS[i % (2 * FORMATS.length)]; // half of them as they are
      if (format === undefined) return { extension: extname(path), bytes };
      return { extension: `.${format}`, bytes: await sharp(bytes).toFormat(format).toBuffer() };
    }),
  );
}

const root = await mkdtemp(join(tmpdir(), "amface-fuzz-"));
try {
  // Copies: the slice of a Buffer would share its bytes.
  const whole = (await sources()).map(({ extension, bytes }) => ({
    extension,
    bytes: new Uint8Array(bytes),
  }));
  const detector = values.weights ? await loadDetector(values.weights) : new CornerDetector();
  const kinds = Object.keys(CORRUPTIONS);
  const counts = new Map<string, Record<string, number>>();
  const memory: number[] = [];
  let seen = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const inputDir = join(root, `photos-${round}`);
    await mkdir(join(inputDir, "somebody"), { recursive: true });
    const kindOf = new Map<string, string>();
    for (let i = round; i < files; i += ROUNDS) {
      const random = new Random(seed, i);
      const { extension, bytes } = random.pick(whole);
      const kind = kinds[Math.floor(i / ROUNDS) % kinds.length];
      const path = `somebody/${String(i).padStart(6, "0")}${extension}`;
      await writeFile(join(inputDir, path), CORRUPTIONS[kind](bytes, random, random.pick(whole).bytes));
      kindOf.set(path, kind);
    }
    const outputDir = join(root, `crops-${round}`);
    for await (const { path, outcome } of alignFolder({ inputDir, outputDir, detector, workers })) {
      const kind = kindOf.get(path) as string;
      const row = counts.get(kind) ?? {};
      row[outcome satisfies AlignOutcome["outcome"]] = (row[outcome] ?? 0) + 1;
      counts.set(kind, row);
      seen++;
    }
    await Promise.all([inputDir, outputDir].map((dir) => rm(dir, { recursive: true })));
    globalThis.gc?.();
    if ("Bun" in globalThis) (globalThis as unknown as { Bun: { gc(force: boolean): void } }).Bun.gc(true);
    memory.push(Math.round(process.memoryUsage().rss / 2 ** 20));
  }
  const total: Record<string, number> = {};
  for (const row of counts.values()) {
    for (const [outcome, count] of Object.entries(row)) total[outcome] = (total[outcome] ?? 0) + count;
  }
  console.log(
    JSON.stringify(
      { files, seen, seed, total, byCorruption: Object.fromEntries(counts), memoryMiB: memory },
      null,
      2,
    ),
  );
} finally {
  await rm(root, { recursive: true });
}
