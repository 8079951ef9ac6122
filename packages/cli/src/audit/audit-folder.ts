import { loadDetector } from "@amface/align";
import {
  auditLabels,
  auditOverlap,
  type Duplicate,
  type EmbeddingTable,
  type HistogramBar,
  hashPhotos,
  identityFolder,
  identityOf,
  type LabelAudit,
  type PhotoSource,
  photosHistogram,
  type SourceStats,
  sameNames,
  sourceStats,
} from "@amface/data";
import { listIdentities, nameKey } from "@amface/files";
import type { CommandContext } from "../command/command.ts";
import { withProgress } from "../command/with-progress.ts";
import { engineProducts } from "../model/engine-products.ts";
import { auditFindings, type Findings } from "./audit-findings.ts";
import { countPoses, type PoseCounts, readPoses } from "./face-poses.ts";
import { copiesOfTest, copiesWithin, distancesOf } from "./find-copies.ts";
import { type LeftOut, leaveOut } from "./leave-out.ts";
import { type PhotoFacts, readPhotoFacts } from "./photo-facts.ts";

export interface AuditOptions {
  readonly dir: string;
  readonly table: EmbeddingTable;
  /** A test set, its embeddings by the same model where they are known, and the test identities that count. */
  readonly test?: {
    readonly dir: string;
    readonly table?: EmbeddingTable;
    readonly identities?: ReadonlySet<string>;
  };
  readonly manifest?: string;
  /** Finds faces in the photos of which the manifest does not tell landmarks. */
  readonly detect: boolean;
  readonly minPhotos: number;
  readonly minLikeness: number;
  readonly maxLikeness: number;
  readonly maxBits: number;
}

/** All that an audit found. */
export interface Audit extends Findings {
  readonly dir: string;
  /** `largestTenth`: the share of photos that the tenth of identities with most photos has. */
  readonly counts: SourceStats & {
    readonly largestTenth: number;
    readonly histogram: readonly HistogramBar[];
  };
  readonly sizes: PhotoFacts["sizes"];
  readonly blur: PhotoFacts["blur"];
  readonly poses?: PoseCounts;
  readonly duplicates: readonly Duplicate[];
  readonly labels: Omit<LabelAudit, "likeness"> & {
    /** Photos of the folder without an embedding. */
    readonly unembedded: readonly string[];
  };
  /** Likeness of photos to the rest of their identity, by their paths. */
  readonly likeness: ReadonlyMap<string, number>;
  readonly leaveOut: LeftOut;
}

/** Audits a folder of identities. An engine that computes products is in use. */
export async function auditFolder(options: AuditOptions, context: CommandContext): Promise<Audit> {
  const { dir, test, maxBits } = options;
  const source = await identityFolder(dir);
  const paths = (await listIdentities(dir)).flatMap(({ files }) => files);
  const known = new Set(paths);
  const table = rowsOf(options.table, (path) => known.has(path));
  const embedded = new Set(table.paths);
  const unembedded = paths.filter((path) => !embedded.has(path));
  if (embedded.size === 0) {
    const [expected, got] = [
      `embeddings of the photos in ${dir}, such as ${paths[0]}`,
      options.table.paths[0],
    ];
    throw new Error(`Cannot audit ${dir}: expected ${expected}, got such as ${got}; embed that folder`);
  }
  const manifestPoses = await readPoses(dir, paths, options.manifest);
  const detector = options.detect ? await loadDetector() : undefined;
  const facts = await readPhotoFacts(dir, paths, context, {
    ...(detector && { detector, wanted: (path: string) => !manifestPoses.has(path) }),
  });
  detector?.dispose();
  const { likeness, ...labels } = await withProgress(
    context,
    { title: "compare", total: 4, unit: "steps" },
    (onProgress) => auditLabels(table, { ...options, products: engineProducts, onProgress }),
  );
  const overlap = test && (await compareWithTest({ ...options, test }, source, table, facts, context));
  const duplicates = copiesWithin(facts.hashes, distancesOf(table), maxBits);
  const poses = countPoses([...manifestPoses.values(), ...facts.poses.values()]);
  const findings = {
    ...{ unreadable: facts.unreadable, labels: { ...labels, unembedded }, duplicates },
    ...(overlap && { overlap }),
  };
  return {
    ...{ dir, ...findings, counts: countsOf(source), sizes: facts.sizes, blur: facts.blur },
    ...(poses && { poses }),
    likeness: new Map(table.paths.map((path, row) => [path, likeness[row]])),
    leaveOut: leaveOut(paths, auditFindings(findings), options.minPhotos),
  };
}

function countsOf(source: PhotoSource): Audit["counts"] {
  const sorted = source.counts.slice().sort().reverse();
  const tenth = sorted.subarray(0, Math.ceil(sorted.length / 10)).reduce((sum, count) => sum + count, 0);
  return {
    ...sourceStats(source),
    largestTenth: tenth / source.photos,
    histogram: photosHistogram(source),
  };
}

async function compareWithTest(
  { test, minLikeness, maxBits }: AuditOptions & { readonly test: NonNullable<AuditOptions["test"]> },
  source: PhotoSource,
  table: EmbeddingTable,
  { hashes }: PhotoFacts,
  context: CommandContext,
): Promise<NonNullable<Findings["overlap"]>> {
  const counts = (identity: string) => test.identities?.has(nameKey(identity)) ?? true;
  const people = (await listIdentities(test.dir)).filter(({ name }) => counts(name));
  const paths = people.flatMap(({ files }) => files);
  const testHashes = await withProgress(
    context,
    { title: "read test", total: paths.length, unit: "photos" },
    (onProgress) =>
      hashPhotos(test.dir, paths, {
        onSkip: ({ error }) => context.reporter.warn(`Skipped: ${error.message}`),
        onProgress,
      }),
  );
  const names = sameNames(
    source.identities,
    people.map(({ name }) => name),
  );
  const others = test.table && rowsOf(test.table, (path) => counts(identityOf(path)));
  const faces =
    others === undefined || others.paths.length === 0
      ? { copies: [], people: [] }
      : await auditOverlap(table, others, { minLikeness, maxDistance: 0.25, products: engineProducts });
  const distances = distancesOf(table, ...(others === undefined ? [] : [others]));
  return {
    names: names.map(({ training, test }) => ({ training, test })),
    people: faces.people,
    copies: copiesOfTest(hashes, testHashes, faces.copies, distances, maxBits),
  };
}

/** The rows of a table whose paths are wanted. */
function rowsOf({ paths, data, size }: EmbeddingTable, isWanted: (path: string) => boolean): EmbeddingTable {
  const rows = paths.flatMap((path, row) => (isWanted(path) ? [row] : []));
  if (rows.length === paths.length) return { paths, data, size };
  const kept = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) kept.set(data.subarray(row * size, (row + 1) * size), i * size);
  return { paths: rows.map((row) => paths[row]), data: kept, size };
}
