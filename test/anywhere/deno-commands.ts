import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const README = join(import.meta.dirname, "..", "..", "packages", "cli", "README.md");

/** The flags of `deno run` that the README of cli names for a command, with `out` in the place of OUT. */
export function denoPermissions(command: string): string[] {
  const text = readFileSync(README, "utf8");
  const [, table] = /\n(\| command \| beside [\s\S]*?)\n\n/.exec(text)!;
  const [head, , ...rows] = table.split("\n");
  const row = rows.map((line) => line.split("|")).find(([, commands]) => commands.includes(`\`${command}\``));
  assert.ok(row, `${README} names no permissions for ${command}`);
  const flagsIn = (cell: string): string[] => cell.match(/--allow-[\w-]+(=[^\s`]+)?/g) ?? [];
  const own = flagsIn(row[2].replaceAll("OUT", "out"));
  if (own.includes("--allow-all")) return own;
  const names = own.map((flag) => flag.split("=")[0]);
  return [...flagsIn(head).filter((flag) => !names.includes(flag.split("=")[0])), ...own];
}

interface DenoCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Makes what it reads out of what the commands before it wrote. */
  prepare?(folder: string): void;
}

const each = (command: string, args: string, prepare?: (folder: string) => void): DenoCommand => ({
  ...{ command, args: args.split(" "), ...(prepare ? { prepare } : {}) },
});

/** Every command once, in the order in which each finds what it reads below `out`. */
export const DENO_COMMANDS: readonly DenoCommand[] = [
  each("datasets", "list"),
  each("generate", "--output-dir out/faces --identities 6 --photos 6 --seed 1"),
  each("align", "--input-dir out/faces --output-dir out/crops"),
  each("detect", "out/photo.jpg", (folder) => cpSync(firstPhoto(folder), join(folder, "photo.jpg"))),
  each("pack", "--input-dir out/crops --output-dir out/shards"),
  each(
    "lr-find",
    "--data-dir out/crops --net resface-small --batch-size 4 --steps 40 --report out/rates.html",
  ),
  each(
    "train",
    "--data-dir out/crops --net resface-small --batch-size 4 --max-nrof-epochs 1 --run-dir out/run",
  ),
  each("compare", "out/run out/again --report out/compare.html", (folder) =>
    cpSync(join(folder, "run"), join(folder, "again"), { recursive: true }),
  ),
  each("sweep", "out/sweep.json --output-dir out/sweep", writeSweep),
  each("embed", "--model out/run --input-dir out/crops --output out/embeddings.npy"),
  each("inspect", "out/embeddings.npy"),
  each("filter", "--embeddings out/embeddings.npy --exclude out/noise.txt"),
  each("audit", "out/crops --embeddings out/embeddings.npy --output-dir out/audit"),
  each("duplicates", "--input-dir out/faces --exclude out/copies.txt"),
  each("overlap", "--input-dir out/faces --lfw-dir out/crops --exclude out/overlap.txt"),
  each("eval", "--model out/run --lfw-dir out/lfw --lfw-pairs out/pairs.txt --card", writeLfw),
  each("calibrate", "--model out/run --dir out/crops --output out/own.json"),
  each("verify", "out/photo.jpg out/photo.jpg --model out/run", addThreshold),
  each("enrol", "--gallery out/gallery.arrow --model out/run --input-dir out/crops"),
  each("identify", "out/photo.jpg --gallery out/gallery.arrow --model out/run"),
  each("cluster", "--embeddings out/embeddings.npy --threshold 1 --output out/clusters.csv"),
  each("export", "--model out/run --format onnx --output out/net.onnx"),
  each("notebook", "run out/show.ipynb --kernel deno --output-dir out/notebooks"),
  each("demo", "--output-dir out/demo --identities 10 --photos 5 --max-nrof-epochs 1"),
  each("doctor", "--seconds 0"),
  each("reproduce", "--list"),
];

function firstPhoto(folder: string): string {
  const photos = readdirSync(join(folder, "faces"), { recursive: true, encoding: "utf8" });
  return join(folder, "faces", photos.filter((path) => path.endsWith(".jpg")).sort()[0]);
}

function writeSweep(folder: string): void {
  const config = { dataDir: "out/crops", net: "resface-small", batchSize: 4, maxNrofEpochs: 1 };
  writeFileSync(join(folder, "sweep.json"), JSON.stringify({ config, vary: { learningRate: [0.01] } }));
}

/** Crops under LFW's names, and pairs of them in two folds. */
function writeLfw(folder: string): void {
  const crops = join(folder, "crops");
  const people = readdirSync(crops, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = people.map(({ name }) => name).sort();
  for (const name of names) {
    mkdirSync(join(folder, "lfw", name), { recursive: true });
    for (const [i, photo] of readdirSync(join(crops, name)).sort().entries()) {
      const number = String(i + 1).padStart(4, "0");
      cpSync(join(crops, name, photo), join(folder, "lfw", name, `${name}_${number}.png`));
    }
  }
  const [a, b, c, d] = names;
  const fold = (one: string, other: string) => [
    ...[`${one}\t1\t2`, `${other}\t1\t2`, `${one}\t1\t${other}\t1`, `${one}\t2\t${other}\t2`],
  ];
  writeFileSync(join(folder, "pairs.txt"), `2\t2\n${[...fold(a, b), ...fold(c, d)].join("\n")}\n`);
}

/** A threshold at the FAR that `verify` takes, which so few pairs cannot show. */
function addThreshold(folder: string): void {
  const card = join(folder, "run", "thresholds.json");
  const { thresholds: _, ...rest } = JSON.parse(readFileSync(card, "utf8"));
  const interval = [0.9, 1.1];
  const thresholds = [{ far: 1e-3, threshold: 1, interval, tar: 0.5, tarInterval: [0.4, 0.6] }];
  writeFileSync(card, JSON.stringify({ ...rest, thresholds }));
}
