import {
  type EmbeddingTable,
  type FileHash,
  hashFiles,
  identityOf,
  type Overlap,
  sameFaces,
  sameFiles,
  sameNames,
  writeExclusions,
} from "@amface/data";
import { type Identity, listIdentities, nameKey } from "@amface/files";
import { photoIdentity, readPairs } from "@amface/lfw-eval";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { number } from "../command/parse.ts";
import type { Reporter } from "../command/reporter.ts";
import { readEmbeddings } from "../embeddings/read-embeddings.ts";
import { checkTables, tableOptions, writeTable } from "../options/table-option.ts";
import { aloneOption, inShares } from "../shares/in-shares.ts";
import { rangeOf, type Shares } from "../shares/shares.ts";

const options = {
  "input-dir": { value: "DIR", help: "identity folders of the training photos", required: true },
  "lfw-dir": { value: "DIR", help: "identity folders of the test photos", required: true },
  "lfw-pairs": { value: "FILE", help: "count only test identities of these pairs" },
  embeddings: { value: "FILE", help: "embeddings of the training crops, to compare faces too" },
  "lfw-embeddings": { value: "FILE", help: "embeddings of the test crops by the same model" },
  "max-distance": {
    value: "D",
    help: "squared distance of two identities' centres up to which they look like one person",
    parse: number(0, 4),
    default: "0.8",
  },
  ...tableOptions,
  alone: aloneOption,
} as const;

export const overlap = defineCommand({
  options,
  shared: true,
  examples: [
    "amface overlap --input-dir casia --lfw-dir lfw --lfw-pairs pairs.txt --output overlap.csv --exclude overlap.txt",
    "amface overlap --input-dir casia --lfw-dir lfw --embeddings casia.npy --lfw-embeddings lfw.npy",
  ],
  run: (values, _, context) =>
    inShares(
      { name: "overlap", values, beside: values.output ?? values.exclude },
      context,
      (shares, context) => overlapOf(values, shares, context),
    ),
  render: ({ trainingIdentities, testIdentities, names, files, faces, overlappingIdentities, nearest }) =>
    [
      `${overlappingIdentities} of ${trainingIdentities} training identities overlap with ${testIdentities} test identities: ` +
        `${names} by name, ${files} by a common file${faces === undefined ? "; faces were not compared" : `, ${faces} by their faces`}`,
      ...nearest.map(({ training, test, distance }) => `  ${distance!.toFixed(3)}  ${training}  ${test}`),
    ].join("\n"),
});

type Values = OptionValues<typeof options>;

async function overlapOf(values: Values, shares: Shares, context: CommandContext) {
  if ((values.embeddings === undefined) !== (values["lfw-embeddings"] === undefined)) {
    throw new UsageError("Cannot compare faces: expected --embeddings and --lfw-embeddings, got one of them");
  }
  await checkTables(values);
  const training = await listIdentities(values["input-dir"]);
  const test = await listTest(values);
  const compare = () => compareFaces(values, training, test, context.reporter);
  // Before all files are read, unless each of several processes would do it.
  const early = shares.count === 1 ? await compare() : undefined;
  const names = sameNames(
    training.map(({ name }) => name),
    test.map(({ name }) => name),
  );
  const parts = await shares.meet(async () => ({
    value: {
      training: await hashShare(values["input-dir"], training, shares, context),
      test: await hashShare(values["lfw-dir"], test, shares, context),
    },
  }));
  const files = sameFiles(
    parts.flatMap(({ value }) => value.training),
    parts.flatMap(({ value }) => value.test),
  );
  const faces = early ?? (await compare());
  const found: Overlap[] = [...names, ...files, ...faces];
  const overlapping = new Set(
    found.map(({ by, training }) => nameKey(by === "file" ? identityOf(training) : training)),
  );
  if (values.output !== undefined) {
    await writeTable(values.output, ["by", "training", "test", "distance"], found);
  }
  if (values.exclude !== undefined) {
    await writeExclusions(
      values.exclude,
      [...overlapping].map((identity) => `${identity}/`),
    );
  }
  return {
    trainingIdentities: training.length,
    testIdentities: test.length,
    names: names.length,
    files: files.length,
    ...(values.embeddings !== undefined && { faces: faces.length }),
    overlappingIdentities: overlapping.size,
    nearest: faces.toSorted((a, b) => a.distance! - b.distance!).slice(0, 10),
  };
}

/** Hashes of this process's part of a folder's files. */
async function hashShare(
  dir: string,
  identities: readonly Identity[],
  shares: Shares,
  { reporter, signal }: CommandContext,
): Promise<FileHash[]> {
  const all = identities.flatMap(({ files }) => files);
  const { from, to } = rangeOf(all.length, shares);
  const progress = reporter.progress("hash", to - from, "files");
  return hashFiles(dir, all.slice(from, to), (done, total) => {
    signal.throwIfAborted();
    progress.update(done);
    if (done === total) progress.end();
  });
}

/** The test identities: all of the folder, or those of the pairs. */
async function listTest({ "lfw-dir": dir, "lfw-pairs": pairs }: Values) {
  const all = await listIdentities(dir);
  if (pairs === undefined) return all;
  const wanted = new Set(
    (await readPairs(pairs)).pairs.flatMap(({ a, b }) =>
      [a, b].map((photo) => nameKey(photoIdentity(photo))),
    ),
  );
  return all.filter(({ name }) => wanted.has(nameKey(name)));
}

/** Overlaps by embeddings of identities that the folders have; tells of those that there are no embeddings of. */
async function compareFaces(
  { embeddings, "lfw-embeddings": lfwEmbeddings, "max-distance": maxDistance }: Values,
  training: readonly Identity[],
  test: readonly Identity[],
  reporter: Reporter,
): Promise<Overlap[]> {
  if (embeddings === undefined) return [];
  const [ours, theirs] = await Promise.all([readEmbeddings(embeddings), readEmbeddings(lfwEmbeddings!)]);
  warnOfMissing(training, ours, embeddings, reporter);
  warnOfMissing(test, theirs, lfwEmbeddings!, reporter);
  const [trained, tested] = [training, test].map((all) => new Set(all.map(({ name }) => nameKey(name))));
  return sameFaces(ours, theirs, maxDistance).filter(
    (found) => trained.has(nameKey(found.training)) && tested.has(nameKey(found.test)),
  );
}

function warnOfMissing(
  identities: readonly Identity[],
  { paths }: EmbeddingTable,
  file: string,
  reporter: Reporter,
): void {
  const embedded = new Set(paths.map((path) => nameKey(identityOf(path))));
  const missing = identities.filter(({ name }) => !embedded.has(nameKey(name)));
  if (missing.length === 0) return;
  reporter.warn(
    `${missing.length} of ${identities.length} identities have no embedding in ${file}, such as ${missing[0].name}: ` +
      "their faces are not compared; embed them again",
  );
}
