import { openSource } from "@amface/data";
import { embedPart, joinEmbeddings } from "@amface/train";
import { type CommandContext, defineCommand, type OptionValues } from "../command/command.ts";
import { integer, oneOf } from "../command/parse.ts";
import { writeEmbeddings } from "../embeddings/write-embeddings.ts";
import { checkCropsFolder, mismatchOption } from "../model/check-alignment.ts";
import { chooseModel, modelOption } from "../model/choose-model.ts";
import { loadEmbedding, modelOptions } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { checkOutput } from "../options/check-output.ts";
import { engineOptions } from "../options/engine-option.ts";
import { packEmbeddings, unpackEmbeddings } from "../shares/embedding-part.ts";
import { aloneOption, inShares } from "../shares/in-shares.ts";
import { rangeOf, type Shares } from "../shares/shares.ts";

const options = {
  model: modelOption,
  "input-dir": { value: "DIR", help: "identity folders or shards of aligned crops", required: true },
  output: {
    value: "FILE",
    help: "file to write: a.npy (a.json gets the paths), or with the paths inside a.npz, a.parquet or a.arrow",
    required: true,
  },
  flip: {
    value: "HOW",
    help: "mirrored crops: concat, sum or none",
    parse: oneOf("concat", "sum", "none"),
    default: "concat",
  },
  "allow-alignment-mismatch": mismatchOption,
  "batch-size": { value: "N", help: "crops per batch", parse: integer(1), default: "64" },
  alone: aloneOption,
  ...engineOptions,
  ...modelOptions,
} as const;

export const embed = defineCommand({
  options,
  shared: true,
  examples: [
    "amface embed --input-dir crops --output embeddings.npy",
    "amface embed --model runs/a --input-dir crops --output embeddings.npy",
    "amface embed --model w600k_r50.onnx --input-preset insightface --input-dir crops --output embeddings.npz",
    "mpirun -np 4 amface embed --model runs/a --input-dir crops --output embeddings.npy",
  ],
  run: (values, _, context) =>
    inShares({ name: "embed", values, beside: values.output }, context, (shares, context) =>
      embedShare(values, shares, context),
    ),
  render: ({ output, paths, count, skipped, size, imagesPerSecond }) =>
    `${count} embeddings of ${size} values in ${output}, their paths in ${paths}` +
    `${skipped > 0 ? `; ${skipped} crops skipped` : ""} (${imagesPerSecond.toFixed(1)} images/s)`,
});

async function embedShare(
  values: OptionValues<typeof options>,
  shares: Shares,
  { reporter, signal }: CommandContext,
) {
  const dir = values["input-dir"];
  const { path: model } = await chooseModel(values.model);
  await checkOutput(values.output);
  const source = await openSource(dir);
  const start = performance.now();
  const parts = await shares.meet(async () => {
    const { threads = shares.threads, engine } = values;
    const { label } = await startEngine({ model, engine, threads }, reporter, { repeatable: true });
    const net = await loadEmbedding(model, values, reporter);
    await checkCropsFolder(model, dir, { allowed: values["allow-alignment-mismatch"], reporter });
    const range = rangeOf(source.photos, shares, values["batch-size"]);
    const progress = reporter.progress("embed", range.to - range.from, "crops");
    let skipped = 0;
    const part = await embedPart(net, source, range, {
      flip: values.flip,
      batchSize: values["batch-size"],
      onProgress: (done) => {
        signal.throwIfAborted();
        progress.update(done);
      },
      onSkip: ({ error }) => {
        skipped++;
        reporter.warn(`Skipped: ${error.message}`);
      },
    });
    progress.end();
    return packEmbeddings(part, { skipped, engine: label });
  });
  const { data, size, names } = joinEmbeddings(parts.map(unpackEmbeddings));
  const imagesPerSecond = names.length / ((performance.now() - start) / 1000);
  const paths = await writeEmbeddings(values.output, { names, data, size });
  return {
    output: values.output,
    paths,
    count: names.length,
    skipped: parts.reduce((sum, { value }) => sum + value.skipped, 0),
    size,
    flip: values.flip,
    imagesPerSecond,
    engine: parts[0].value.engine,
  };
}
