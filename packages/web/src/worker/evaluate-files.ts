import {
  type DistanceTable,
  drawPairs,
  type Embeddings,
  evaluate,
  measurePairs,
  parseDistances,
  rocCurve,
  squaredDistances,
} from "@amface/lfw-eval/browser";
import { readNpy } from "@amface/numpy";
import type { Dropped, PairReport, RowDistances } from "../messages.ts";
import { judge } from "./judge.ts";

const FILES = "one .csv of distances, an .npy of embeddings and its .json of names, or two .npy files";

/**
 * Makes a report of the files that were dropped.
 *
 * @throws {Error} When they are none of those that a report can be made of, or do not fit each other.
 */
export async function evaluateFiles({
  files,
  far,
}: {
  readonly files: readonly Dropped[];
  readonly far: number;
}): Promise<PairReport | RowDistances> {
  const ending = (end: string) => files.filter(({ name }) => name.toLowerCase().endsWith(end));
  const [tables, arrays, names] = [ending(".csv"), ending(".npy"), ending(".json")];
  const kinds = `${tables.length} ${arrays.length} ${names.length}`;
  if (kinds === "1 0 0") return ofDistances(tables[0]);
  if (kinds === "0 1 1") return ofEmbeddings(arrays[0], names[0]);
  if (kinds === "0 2 0") return ofRows(arrays[0], arrays[1], far);
  throw new Error(
    `Cannot evaluate these files: expected ${FILES}, got ${files.map(({ name }) => name).join(", ")}`,
  );
}

function ofDistances({ name, bytes }: Dropped): PairReport {
  return report(name, parseDistances(new TextDecoder().decode(bytes), name), []);
}

/** Draws pairs of the photos, whose names begin with their identity, and measures them. */
function ofEmbeddings(array: Dropped, names: Dropped): PairReport {
  const embeddings = readRows(array);
  const photos: unknown = read(names, (bytes) => JSON.parse(new TextDecoder().decode(bytes)));
  const count = embeddings.data.length / embeddings.size;
  if (
    !(Array.isArray(photos) && photos.length === count && photos.every((name) => typeof name === "string"))
  ) {
    throw new Error(
      `Cannot use ${names.name}: expected a list of ${count} names, one an embedding, got something else`,
    );
  }
  const identities = photos.map((name: string) => identityOf(name));
  const pairs = drawPairs(identities);
  const table = measurePairs(embeddings, { pairs, photos, identities });
  return report(array.name, table, [
    `${pairs.length} pairs were drawn from ${count} photos of ${new Set(identities).size} people.`,
  ]);
}

/** The folder of a photo, or of a lone file what stands before its number. */
const identityOf = (name: string) =>
  name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : name.replace(/[_-]?\d*\.\w+$/, "");

async function ofRows(a: Dropped, b: Dropped, far: number): Promise<RowDistances> {
  const [one, other] = [readRows(a), readRows(b)];
  if (one.size !== other.size || one.data.length !== other.data.length) {
    const shape = ({ data, size }: Embeddings) => `[${data.length / size}, ${size}]`;
    throw new Error(
      `Cannot compare ${a.name} and ${b.name}: expected one shape, got ${shape(one)} and ${shape(other)}`,
    );
  }
  const count = one.data.length / one.size;
  const data = new Float32Array(2 * one.data.length);
  data.set(one.data as Float32Array);
  data.set(other.data as Float32Array, one.data.length);
  const distances = squaredDistances(
    { data, size: one.size },
    Array.from({ length: count }, (_, i) => ({ a: i, b: count + i })),
  );
  return {
    names: [a.name, b.name],
    rows: await Promise.all(Array.from(distances, (distance) => judge(distance, far))),
  };
}

/** What a file holds; what goes wrong names it. */
function read<T>({ name, bytes }: Dropped, by: (bytes: Uint8Array) => T): T {
  try {
    return by(bytes);
  } catch (cause) {
    const why = (cause as Error).message.replace(/^Cannot read [^:]*: /, "");
    throw new Error(`Cannot read ${name}: ${why}`, { cause });
  }
}

function readRows(file: Dropped): Embeddings {
  const array = read(file, readNpy);
  if (!("shape" in array) || !/^Float/.test(array.data.constructor.name) || array.shape.length > 2) {
    throw new Error(`Cannot use ${file.name}: expected an array [count, D] of floats, got something else`);
  }
  return { data: Float32Array.from(array.data as Float32Array), size: array.shape.at(-1) as number };
}

/** Points of a curve that are drawn at most. */
const POINTS = 400;

function report(name: string, table: DistanceTable, notes: readonly string[]): PairReport {
  const { distances, issame, folds } = table;
  const few = Math.min(10, issame.filter(Boolean).length, issame.filter((same) => !same).length);
  const evaluation = evaluate(distances, issame, { folds: folds ?? Math.max(2, few) });
  const { far, tar } = rocCurve(distances, issame);
  const each = Math.max(1, Math.floor(far.length / POINTS));
  const roc = Array.from(far, (rate, i) => [rate, tar[i]] as const).filter(
    (_, i) => i % each === 0 || i === far.length - 1,
  );
  const counts = (same: boolean) => {
    const bins: number[] = new Array(40).fill(0);
    distances.forEach((distance, p) => {
      if (issame[p] === same) bins[Math.min(39, Math.floor(distance * 10))]++;
    });
    return bins;
  };
  return {
    name,
    evaluation,
    roc,
    same: counts(true),
    different: counts(false),
    notes: [...notes, ...evaluation.warnings],
  };
}
