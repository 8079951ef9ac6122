import { join } from "node:path";
import { type EmbeddingTable, openSource, writeExclusions } from "@amface/data";
import { nameKey, writeFileAtomic } from "@amface/files";
import { photoIdentity, readPairs } from "@amface/lfw-eval";
import type { EmbeddingModel, FaceNet } from "@amface/nets";
import { embedSource } from "@amface/train";
import { auditFolder } from "../audit/audit-folder.ts";
import { auditPage } from "../audit/audit-page.ts";
import { renderAudit, summariseAudit } from "../audit/render-audit.ts";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { integer, number, oneOf } from "../command/parse.ts";
import { withProgress } from "../command/with-progress.ts";
import { readEmbeddings } from "../embeddings/read-embeddings.ts";
import { checkCropsFolder, mismatchOption } from "../model/check-alignment.ts";
import { chooseModel, modelOption } from "../model/choose-model.ts";
import { loadEmbedding, modelOptions } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { checkOutput } from "../options/check-output.ts";
import { engineOptions } from "../options/engine-option.ts";

const options = {
  "output-dir": { value: "DIR", help: "receives report.html, audit.json and exclude.txt", required: true },
  embeddings: {
    value: "FILE",
    help: "embeddings of the crops, as amface embed writes them, in place of embedding them here",
  },
  model: modelOption,
  "lfw-dir": { value: "DIR", help: "identity folders of test photos, to find what the two share" },
  "lfw-embeddings": { value: "FILE", help: "embeddings of the test crops by the same model" },
  "lfw-pairs": { value: "FILE", help: "count only test identities of these pairs" },
  manifest: {
    value: "FILE",
    help: "landmarks of the crops, for poses [manifest.csv of amface align in DIR]",
  },
  detect: { help: "find landmarks in the photos that the manifest does not tell of" },
  "min-likeness": {
    value: "L",
    help: "likeness (1: one person, 0: two) from which two identities of many photos are one person",
    parse: number(0, 2),
    default: "0.78",
  },
  "max-likeness": {
    value: "L",
    help: "likeness below which two groups of an identity's photos are two people",
    parse: number(-1, 1),
    default: "0.3",
  },
  "max-bits": {
    value: "BITS",
    help: "bits of 64 in which the perceptual hashes of two copies may differ",
    parse: integer(0, 31),
    default: "4",
  },
  "filter-min-nrof-images-per-class": {
    value: "N",
    help: "leave out identities of which fewer photos are left",
    parse: integer(1),
    default: "1",
  },
  flip: {
    value: "HOW",
    help: "mirrored crops, where they are embedded here: concat, sum or none",
    parse: oneOf("concat", "sum", "none"),
    default: "concat",
  },
  "batch-size": { value: "N", help: "crops per batch", parse: integer(1), default: "64" },
  "allow-alignment-mismatch": mismatchOption,
  ...engineOptions,
  ...modelOptions,
} as const;

type Values = OptionValues<typeof options>;

export const audit = defineCommand({
  positionals: { label: "DIR", min: 1, max: 1 },
  options,
  examples: [
    "amface audit crops --output-dir audit",
    "amface audit crops --embeddings crops.npy --output-dir audit --lfw-dir lfw-crops --lfw-embeddings lfw.npy",
    "amface train --data-dir crops --exclude-file audit/exclude.txt",
  ],
  async run(values, [dir], context) {
    const out = values["output-dir"];
    const files = {
      report: join(out, "report.html"),
      json: join(out, "audit.json"),
      exclude: join(out, "exclude.txt"),
    };
    checkUsage(values);
    for (const file of Object.values(files)) await checkOutput(file);
    const start = performance.now();
    const { lfw: test, ...tables } = await readTables(values, dir, context);
    const audit = await auditFolder(
      {
        ...{ dir, ...tables, ...(test && { test }), detect: values.detect },
        ...(values.manifest !== undefined && { manifest: values.manifest }),
        ...{ minLikeness: values["min-likeness"], maxLikeness: values["max-likeness"] },
        ...{ maxBits: values["max-bits"], minPhotos: values["filter-min-nrof-images-per-class"] },
      },
      context,
    );
    const { likeness: _, leaveOut, ...rest } = audit;
    const { lines, ...cost } = leaveOut;
    await writeExclusions(files.exclude, lines);
    await writeFileAtomic(files.json, `${JSON.stringify({ ...rest, leaveOut: cost }, null, 2)}\n`);
    await writeFileAtomic(files.report, await auditPage(audit, values["lfw-dir"]));
    return { ...summariseAudit(audit, files), seconds: (performance.now() - start) / 1000 };
  },
  render: renderAudit,
});

function checkUsage(values: Values): void {
  const { embeddings, model, "lfw-dir": lfwDir, "lfw-embeddings": lfwEmbeddings } = values;
  if (embeddings !== undefined && model !== undefined) {
    throw new UsageError("Cannot audit: expected one of --embeddings and --model, got both");
  }
  if (lfwEmbeddings !== undefined && (embeddings === undefined || lfwDir === undefined)) {
    throw new UsageError("Cannot take --lfw-embeddings: expected --embeddings and --lfw-dir with it");
  }
  if (values["lfw-pairs"] !== undefined && lfwDir === undefined) {
    throw new UsageError("Cannot take --lfw-pairs: expected --lfw-dir with it");
  }
}

/** Embeddings of the folder and of the test, read or made; an engine runs then. */
async function readTables(values: Values, dir: string, context: CommandContext) {
  const { embeddings, "lfw-dir": lfwDir, "lfw-embeddings": lfwEmbeddings, "lfw-pairs": pairs } = values;
  const identities =
    pairs === undefined
      ? undefined
      : new Set(
          (await readPairs(pairs)).pairs.flatMap(({ a, b }) =>
            [a, b].map((photo) => nameKey(photoIdentity(photo))),
          ),
        );
  const lfw = (table?: EmbeddingTable) =>
    lfwDir === undefined
      ? {}
      : { lfw: { dir: lfwDir, ...(table && { table }), ...(identities && { identities }) } };
  if (embeddings !== undefined) {
    const table = await readEmbeddings(embeddings);
    const other = lfwEmbeddings === undefined ? undefined : await readEmbeddings(lfwEmbeddings);
    await startEngine(values, context.reporter);
    return { table, ...lfw(other) };
  }
  const { path: model } = await chooseModel(values.model);
  await startEngine({ ...values, model }, context.reporter, { repeatable: true });
  const net = await loadEmbedding(model, values, context.reporter);
  const embed = async (folder: string) => {
    await checkCropsFolder(model, folder, {
      allowed: values["allow-alignment-mismatch"],
      reporter: context.reporter,
    });
    return await embedFolder(net, folder, values, context);
  };
  const table = await embed(dir);
  return { table, ...lfw(lfwDir === undefined ? undefined : await embed(lfwDir)) };
}

async function embedFolder(
  net: FaceNet | EmbeddingModel,
  dir: string,
  { flip, "batch-size": batchSize }: Values,
  context: CommandContext,
): Promise<EmbeddingTable> {
  const source = await openSource(dir);
  const { names, data, size } = await withProgress(
    context,
    { title: "embed", total: source.photos, unit: "crops" },
    (onProgress) =>
      embedSource(net, source, {
        ...{ flip, batchSize, onProgress },
        onSkip: ({ error }) => context.reporter.warn(`Skipped: ${error.message}`),
      }),
  );
  return { paths: names, data, size };
}
