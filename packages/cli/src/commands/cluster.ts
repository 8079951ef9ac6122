import { requireEmpty } from "@amface/data";
import {
  averageLinkage,
  centred,
  chineseWhispers,
  decisionThreshold,
  type Embeddings,
  mutualComponents,
  type Neighbours,
  nearestNeighbours,
  pairwiseF,
  readThresholdCard,
} from "@amface/lfw-eval";
import { clusterRows } from "../cluster/cluster-rows.ts";
import { writeFolders, writeSheet } from "../cluster/write-clusters.ts";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { integer, number, oneOf } from "../command/parse.ts";
import { withProgress } from "../command/with-progress.ts";
import { readEmbeddings } from "../embeddings/read-embeddings.ts";
import { engineProducts } from "../model/engine-products.ts";
import { startEngine } from "../model/start-engine.ts";
import { checkOutput } from "../options/check-output.ts";
import { engineOptions } from "../options/engine-option.ts";
import { writeTable } from "../options/table-option.ts";

const options = {
  embeddings: {
    value: "FILE",
    help: "file of amface embed: .npy with its .json beside it, .npz, .parquet or .arrow",
    required: true,
  },
  method: {
    value: "NAME",
    help: "average: average linkage; whispers: Chinese whispers; mutual: what hangs together by mutual nearest neighbours",
    parse: oneOf("average", "whispers", "mutual"),
    default: "average",
  },
  threshold: {
    value: "D",
    help: "squared distance that clusters on average, or neighbours, must be nearer than [that of --card at --far]",
    parse: number(0.0001, 4),
  },
  card: { value: "FILE", help: "threshold card of the model, which amface eval --card wrote" },
  far: {
    value: "RATE",
    help: "false accept rate of the card's threshold",
    parse: number(0, 1),
    default: "1e-3",
  },
  centre: {
    help: "take the mean of all embeddings off first, which tells many people better apart, not a few; distances grow by some hundredths",
  },
  neighbours: {
    value: "K",
    help: "nearest neighbours of each photo that count",
    parse: integer(1, 1000),
    default: "64",
  },
  seed: { value: "N", help: "seed of the order of whispers", parse: integer(0), default: "0" },
  score: { help: "the photos' folders are who they show: tell pairwise precision, recall and F" },
  output: { value: "FILE", help: "write path, cluster and size there, as CSV" },
  "input-dir": { value: "DIR", help: "folder of the photos, for --output-dir and --sheet" },
  "output-dir": {
    value: "DIR",
    help: "copy the photos into a folder a cluster there; it must be empty or missing",
  },
  sheet: { value: "FILE", help: "write a PNG of the largest clusters there, one a row" },
  ...engineOptions,
} as const;

export const cluster = defineCommand({
  options,
  examples: [
    "amface cluster --embeddings embeddings.npz --card runs/a/thresholds.json --output clusters.csv",
    "amface cluster --embeddings embeddings.npz --threshold 1.12 --centre --input-dir crops --output-dir people --sheet people.png",
  ],
  async run(values, _, context) {
    const { output, sheet, "input-dir": inputDir, "output-dir": outputDir, neighbours } = values;
    if (inputDir === undefined && (outputDir ?? sheet) !== undefined)
      throw new UsageError(
        "Cannot show clusters: expected --input-dir beside --output-dir and --sheet, got none",
      );
    for (const file of [output, sheet]) if (file !== undefined) await checkOutput(file);
    if (outputDir !== undefined) await requireEmpty(outputDir, "copy");
    const threshold = await thresholdOf(values);
    const table = await readEmbeddings(values.embeddings);
    const engine = await startEngine(values, context.reporter);
    const start = performance.now();
    const embeddings = values.centre ? centred(table) : table;
    const near = await withProgress(
      context,
      { title: "compare", total: (table.paths.length * (table.paths.length + 1)) / 2, unit: "pairs" },
      (onProgress) =>
        nearestNeighbours(embeddings, { neighbours, threshold, products: engineProducts, onProgress }),
    );
    const labels = await {
      average: () => joinNearest(embeddings, near, threshold, context),
      whispers: () => chineseWhispers(near, values),
      mutual: () => mutualComponents(near),
    }[values.method]();
    const seconds = (performance.now() - start) / 1000;
    const rows = clusterRows(table.paths, labels);
    if (output !== undefined) await writeTable(output, ["path", "cluster", "size"], rows);
    if (outputDir !== undefined)
      await withProgress(context, { title: "copy", total: rows.length, unit: "photos" }, (onProgress) =>
        writeFolders(outputDir, inputDir!, rows, onProgress),
      );
    if (sheet !== undefined) await writeSheet(sheet, inputDir!, rows);
    const identities = table.paths.map((path) => path.split("/").slice(0, -1).join("/"));
    return {
      ...{ photos: rows.length, clusters: rows.at(-1)?.cluster ?? 0, largest: rows[0]?.size ?? 0 },
      ...{ alone: rows.filter(({ size }) => size === 1).length, method: values.method, threshold },
      ...(values.score && { score: pairwiseF(labels, identities) }),
      ...{ seconds, engine: engine.label },
    };
  },
  render: ({ photos, clusters, largest, alone, threshold, score, seconds }) =>
    [
      `${photos} photos in ${clusters} clusters by distances below ${threshold.toFixed(3)}, the largest of ${largest}; ` +
        `${alone} photos alone (${seconds.toFixed(1)} s)`,
      ...(score
        ? [
            `pairwise F ${score.f.toFixed(4)}: precision ${score.precision.toFixed(4)}, recall ${score.recall.toFixed(4)}`,
          ]
        : []),
    ].join("\n"),
});

/** Average linkage; warns where more neighbours would count than are known. */
function joinNearest(
  embeddings: Embeddings,
  near: Neighbours,
  threshold: number,
  context: CommandContext,
): Promise<Int32Array> {
  const { count, size, rows } = near;
  let full = 0;
  for (let last = size - 1; last < rows.length; last += size) full += Number(rows[last] >= 0);
  if (full > 0 && size < count - 1) {
    context.reporter.warn(
      `${full} of ${count} photos have ${size} neighbours or more within the threshold: those beyond do not count, and ` +
        "people of many photos may stay apart; raise --neighbours",
    );
  }
  return withProgress(context, { title: "join", total: count, unit: "photos" }, (onProgress) =>
    averageLinkage(embeddings, near, threshold, { onProgress }),
  );
}

async function thresholdOf({ threshold, card, far }: OptionValues<typeof options>): Promise<number> {
  if (threshold !== undefined && card === undefined) return threshold;
  if (threshold === undefined && card !== undefined)
    return decisionThreshold(await readThresholdCard(card), far);
  const got = card === undefined ? "neither" : "both";
  throw new UsageError(`Cannot cluster: expected one of --threshold and --card, got ${got}`);
}
