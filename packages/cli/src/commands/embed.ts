import { openSource } from "@amface/data";
import { embedSource } from "@amface/train";
import { defineCommand } from "../command/command.ts";
import { integer, oneOf } from "../command/parse.ts";
import { writeEmbeddings } from "../embeddings/write-embeddings.ts";
import { checkCropsFolder, mismatchOption } from "../model/check-alignment.ts";
import { chooseModel, modelOption } from "../model/choose-model.ts";
import { loadModel, netOption } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { checkOutput } from "../options/check-output.ts";
import { engineOptions } from "../options/engine-option.ts";

const options = {
  model: modelOption,
  net: netOption,
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
  ...engineOptions,
} as const;

export const embed = defineCommand({
  options,
  examples: ["amface embed --model runs/a --input-dir crops --output embeddings.npy"],
  async run(options, _, { reporter, signal }) {
    const dir = options["input-dir"];
    const { path: model } = await chooseModel(options.model, "embed crops");
    await checkOutput(options.output);
    const source = await openSource(dir);
    const engine = await startEngine(options, reporter);
    const net = await loadModel(model, options.net);
    await checkCropsFolder(model, dir, { allowed: options["allow-alignment-mismatch"], reporter });
    const progress = reporter.progress("embed", source.photos, "crops");
    const start = performance.now();
    const skipped: string[] = [];
    const { data, size, names } = await embedSource(net, source, {
      flip: options.flip,
      batchSize: options["batch-size"],
      onProgress: (done) => {
        signal.throwIfAborted();
        progress.update(done);
      },
      onSkip: ({ path, error }) => {
        skipped.push(path);
        reporter.warn(`Skipped: ${error.message}`);
      },
    });
    progress.end();
    const imagesPerSecond = names.length / ((performance.now() - start) / 1000);
    const paths = await writeEmbeddings(options.output, { names, data, size });
    return {
      output: options.output,
      paths,
      count: names.length,
      skipped: skipped.length,
      size,
      flip: options.flip,
      imagesPerSecond,
      engine: engine.label,
    };
  },
  render: ({ output, paths, count, skipped, size, imagesPerSecond }) =>
    `${count} embeddings of ${size} values in ${output}, their paths in ${paths}` +
    `${skipped > 0 ? `; ${skipped} crops skipped` : ""} (${imagesPerSecond.toFixed(1)} images/s)`,
});
