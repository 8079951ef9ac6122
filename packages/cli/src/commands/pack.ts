import { defineCommand } from "../command/command.ts";
import { integer, oneOf } from "../command/parse.ts";
import type { ProgressBar } from "../command/reporter.ts";
import { aloneOption, inShares } from "../shares/in-shares.ts";
import { packInShares } from "../shares/pack-in-shares.ts";

const options = {
  "input-dir": {
    value: "DIR",
    help: "aligned crops as DIR/identity/file.png, or as MXNet's train.rec",
    required: true,
  },
  "output-dir": { value: "DIR", help: "receives shards and index; empty or not there yet", required: true },
  encoding: {
    value: "HOW",
    help: "keep: the files as they are, or raw: their pixels, larger and faster to load",
    parse: oneOf("keep", "raw"),
    default: "keep",
  },
  "shard-size": { value: "N", help: "crops per shard", parse: integer(1), default: "8192" },
  seed: { value: "N", help: "seed of the order in which crops are packed", parse: integer(0), default: "0" },
  "skip-corrupt": { help: "leave out crops that cannot be read, and count them" },
  alone: aloneOption,
} as const;

export const pack = defineCommand({
  options,
  shared: true,
  examples: [
    "amface pack --input-dir crops --output-dir shards",
    "amface pack --input-dir crops --output-dir shards --encoding raw",
    "amface pack --input-dir faces_emore --output-dir shards      # InsightFace's train.rec",
  ],
  run: (values, _, context) =>
    inShares({ name: "pack", values, beside: values["output-dir"] }, context, async (shares, context) => {
      const { reporter, signal } = context;
      let progress: ProgressBar | undefined;
      const start = performance.now();
      const { "input-dir": input, "output-dir": outputDir, encoding, seed } = values;
      const summary = await packInShares(input, outputDir, shares, {
        ...{ encoding, seed, signal },
        shardSize: values["shard-size"],
        skipCorrupt: values["skip-corrupt"],
        onProgress: (done, total) => {
          progress ??= reporter.progress("pack", total, "crops");
          progress.update(done);
        },
        onSkip: ({ error }) => reporter.warn(`Skipped: ${error.message}`),
      });
      progress?.end();
      const imagesPerSecond = summary.records / ((performance.now() - start) / 1000);
      return { ...summary, imagesPerSecond, outputDir };
    }),
  render: ({ records, identities, shards, bytes, skipped, imagesPerSecond, outputDir }) =>
    `${records} crops of ${identities} identities in ${shards} shards, ${(bytes / 2 ** 20).toFixed(1)} MiB, in ${outputDir}` +
    `${skipped > 0 ? `; ${skipped} files skipped` : ""} (${imagesPerSecond.toFixed(0)} crops/s)`,
});
