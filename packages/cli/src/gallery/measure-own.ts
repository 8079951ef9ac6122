import { join } from "node:path";
import { listIdentities } from "@amface/files";
import { type AlignmentRecord, alignmentDifferences } from "@amface/images";
import {
  checkClasses,
  checkEveryPair,
  type DistanceTable,
  type Embeddings,
  everyPair,
  type Flip,
  type LocatedPair,
  locatePhotos,
  measurePairs,
  readPairList,
} from "@amface/lfw-eval";
import type { CommandContext, OptionValues } from "../command/command.ts";
import type { loadEmbedding } from "../model/model.ts";
import { toDetectOptions } from "../options/detect-options.ts";
import { embedPeople } from "./embed-photos.ts";
import type { photoOptions } from "./gallery-options.ts";

export type MeasureValues = OptionValues<typeof photoOptions> & {
  readonly dir: string;
  readonly pairs?: string | undefined;
  readonly flip: Flip;
};

/** Photos relative to a folder, who they show, and the pairs of a list; every pair where there is none. */
interface OwnPhotos {
  readonly photos: readonly string[];
  readonly identities: readonly string[];
  readonly pairs?: readonly LocatedPair[];
}

export interface OwnPairs {
  readonly table: DistanceTable;
  readonly photos: number;
  readonly people: number;
  /** Photos that cannot be read or show no face. */
  readonly skipped: number;
  /** How the crops were made; null where one does not say. */
  readonly alignment: AlignmentRecord | null;
}

/**
 * Distances of the photos of a folder of people: of every pair, or of those of a list.
 *
 * @param model `--model`, and what was loaded of it.
 * @throws {Error} When nothing is left to compare, photos are too many, or crops were not made in one way.
 */
export async function measureOwn(
  model: string,
  net: Awaited<ReturnType<typeof loadEmbedding>>,
  values: MeasureValues,
  context: CommandContext,
): Promise<OwnPairs> {
  const { dir, pairs: list } = values;
  const own = list === undefined ? await listPhotos(dir) : await listPairs(list, dir, context);
  // Before the work that takes long.
  if (own.pairs === undefined) checkEveryPair(own.identities);
  else checkClasses(own.pairs.filter(({ same }) => same).length, own.pairs.length);
  const { embeddings, kept, alignment } = await embedOwn(model, net, own.photos, values, context);
  const identities = kept.map((i) => own.identities[i]);
  return {
    table:
      own.pairs === undefined
        ? everyPair(embeddings, identities)
        : measurePairs(embeddings, { pairs: amongKept(own.pairs, kept), identities }),
    photos: kept.length,
    people: new Set(identities).size,
    skipped: own.photos.length - kept.length,
    alignment,
  };
}

async function listPhotos(dir: string): Promise<OwnPhotos> {
  const people = await listIdentities(dir);
  return {
    photos: people.flatMap(({ files }) => files),
    identities: people.flatMap(({ name, files }) => files.map(() => name)),
  };
}

async function listPairs(list: string, dir: string, { reporter }: CommandContext): Promise<OwnPhotos> {
  const located = await locatePhotos(await readPairList(list), dir);
  const { missing, skippedPairs } = located;
  if (missing.length > 0) {
    reporter.warn(
      `${skippedPairs} pairs are skipped: ${missing.length} photos are missing from ${dir}, such as ${missing[0]}`,
    );
  }
  return located;
}

/** The pairs whose photos were both embedded, by their rows. */
function amongKept(pairs: readonly LocatedPair[], kept: readonly number[]): LocatedPair[] {
  const rowOf = new Map(kept.map((i, row) => [i, row]));
  return pairs.flatMap(({ a, b, ...pair }) => {
    const [rowA, rowB] = [rowOf.get(a), rowOf.get(b)];
    return rowA === undefined || rowB === undefined ? [] : [{ ...pair, a: rowA, b: rowB }];
  });
}

async function embedOwn(
  model: string,
  net: Awaited<ReturnType<typeof loadEmbedding>>,
  photos: readonly string[],
  values: MeasureValues,
  { reporter, signal }: CommandContext,
) {
  const { dir, flip, threads } = values;
  const parts: Embeddings[] = [];
  const kept: number[] = [];
  const alignments: (AlignmentRecord | undefined)[] = [];
  const progress = reporter.progress("embed", photos.length, "photos");
  const batches = embedPeople(
    photos.map((photo) => join(dir, photo)),
    {
      ...{
        path: model,
        net,
        flip,
        allowMismatch: values["allow-alignment-mismatch"],
        reporter,
        signal,
        threads,
      },
      ...{ weights: values.weights, detect: toDetectOptions(values), rule: values["face-rule"] },
      onSkipped: (_, { message }) => reporter.warn(`Skipped: ${message}`),
    },
  );
  for await (const batch of batches) {
    parts.push(batch.embeddings);
    kept.push(...batch.kept);
    alignments.push(...batch.alignments);
    progress.update(batch.done);
  }
  progress.end();
  if (parts.length === 0) {
    throw new Error(
      `Cannot calibrate on ${dir}: expected a face in one of ${photos.length} photos, got none`,
    );
  }
  return { embeddings: joined(parts), kept, alignment: oneAlignment(alignments, dir) };
}

function joined(parts: readonly Embeddings[]): Embeddings {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { data, size: parts[0].size };
}

/** @throws {Error} When some crops were made in another way than the others: no one card holds for both. */
function oneAlignment(
  alignments: readonly (AlignmentRecord | undefined)[],
  dir: string,
): AlignmentRecord | null {
  const [first] = alignments;
  for (const alignment of alignments) {
    if (first === undefined || alignment === undefined) return null;
    const differences = alignmentDifferences(first, alignment);
    if (differences === "") continue;
    throw new Error(
      `Cannot calibrate on ${dir}: expected crops that were all made in one way, got ${differences}; ` +
        "take photos or crops, not both, or give --weights, by which all are aligned again",
    );
  }
  return first ?? null;
}
