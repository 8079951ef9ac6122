import { loadDetector } from "@amface/align";
import {
  auditLabels,
  type Duplicate,
  type EmbeddingTable,
  type HistogramBar,
  identityFolder,
  type LabelAudit,
  type PhotoSource,
  photosHistogram,
  type SourceStats,
  sourceStats,
} from "@amface/data";
import { listIdentities } from "@amface/files";
import type { CommandContext } from "../command/command.ts";
import { withProgress } from "../command/with-progress.ts";
import { engineProducts } from "../model/engine-products.ts";
import { auditFindings, type Findings } from "./audit-findings.ts";
import { compareWithTest, readTestSet, type TestOptions } from "./compare-with-test.ts";
import { countPoses, type PoseCounts, readPoses } from "./face-poses.ts";
import { copiesWithin, distancesOf } from "./find-copies.ts";
import { type LeftOut, leaveOut } from "./leave-out.ts";
import { type PhotoFacts, readPhotoFacts } from "./photo-facts.ts";
import { rowsOfPaths } from "./rows-of-paths.ts";

export interface AuditOptions {
  readonly dir: string;
  readonly table: EmbeddingTable;
  readonly test?: TestOptions;
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
  const { dir, maxBits } = options;
  const source = await identityFolder(dir);
  const paths = (await listIdentities(dir)).flatMap(({ files }) => files);
  const table = rowsOfPaths(options.table, dir, paths);
  const embedded = new Set(table.paths);
  const unembedded = paths.filter((path) => !embedded.has(path));
  const test = options.test && (await readTestSet(options.test, context.reporter));
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
  const training = { identities: source.identities, table, hashes: facts.hashes };
  const overlap = test && (await compareWithTest(training, test, options, context));
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
