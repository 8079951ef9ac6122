import { auditOverlap, type EmbeddingTable, hashPhotos, type PhotoHash, sameNames } from "@amface/data";
import { type Identity, listIdentities, nameKey } from "@amface/files";
import type { CommandContext } from "../command/command.ts";
import type { Reporter } from "../command/reporter.ts";
import { withProgress } from "../command/with-progress.ts";
import { engineProducts } from "../model/engine-products.ts";
import type { Findings } from "./audit-findings.ts";
import { copiesOfTest, distancesOf } from "./find-copies.ts";
import { rowsOfPaths } from "./rows-of-paths.ts";

/** A test set, its embeddings by the same model where they are known, and the test identities that count. */
export interface TestOptions {
  readonly dir: string;
  readonly table?: EmbeddingTable;
  /** By `nameKey`; default: all. */
  readonly identities?: ReadonlySet<string>;
}

/** The people of a test set who count, and the embeddings of their photos. */
export interface TestSet {
  readonly dir: string;
  readonly people: readonly Identity[];
  readonly table?: EmbeddingTable;
}

/**
 * Reads who is in a test set; warns of photos without an embedding.
 *
 * @throws {Error} When nobody there counts, or the embeddings are of another folder.
 */
export async function readTestSet(
  { dir, table, identities }: TestOptions,
  reporter: Reporter,
): Promise<TestSet> {
  const all = await listIdentities(dir);
  const people = all.filter(({ name }) => identities?.has(nameKey(name)) ?? true);
  const paths = people.flatMap(({ files }) => files);
  if (paths.length === 0) {
    const expected = identities ? `people of the pairs, such as ${[...identities][0]}` : "identity folders";
    const got = all.length === 0 ? "none" : `others, such as ${all[0].name}`;
    throw new Error(`Cannot compare with the test set ${dir}: expected ${expected}, got ${got}`);
  }
  if (table === undefined) return { dir, people };
  const rows = rowsOfPaths(table, dir, paths);
  const missing = paths.length - new Set(rows.paths).size;
  if (missing > 0) {
    reporter.warn(
      `${missing} of ${paths.length} test photos have no embedding: their faces are not compared`,
    );
  }
  return { dir, people, table: rows };
}

/** Finds what an audited set shares with a test set: people where the test set has embeddings. */
export async function compareWithTest(
  training: {
    readonly identities: readonly string[];
    readonly table: EmbeddingTable;
    readonly hashes: readonly PhotoHash[];
  },
  test: TestSet,
  { minLikeness, maxBits }: { readonly minLikeness: number; readonly maxBits: number },
  context: CommandContext,
): Promise<NonNullable<Findings["overlap"]>> {
  const paths = test.people.flatMap(({ files }) => files);
  const hashes = await withProgress(
    context,
    { title: "read test", total: paths.length, unit: "photos" },
    (onProgress) =>
      hashPhotos(test.dir, paths, {
        onSkip: ({ error }) => context.reporter.warn(`Skipped: ${error.message}`),
        onProgress,
      }),
  );
  const names = sameNames(
    training.identities,
    test.people.map(({ name }) => name),
  );
  const faces =
    test.table &&
    (await auditOverlap(training.table, test.table, {
      ...{ minLikeness, maxDistance: 0.25, products: engineProducts },
    }));
  const distances = distancesOf(training.table, ...(test.table ? [test.table] : []));
  return {
    names: names.map(({ training, test }) => ({ training, test })),
    ...(faces && { people: faces.people }),
    copies: copiesOfTest(training.hashes, hashes, faces?.copies ?? [], distances, maxBits),
  };
}
