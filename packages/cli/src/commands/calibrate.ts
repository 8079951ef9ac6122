import { makeThresholdCard, writeThresholdCard } from "@amface/lfw-eval";
import { defineCommand, UsageError } from "../command/command.ts";
import { integer, oneOf } from "../command/parse.ts";
import { FEWEST_REPLICATES } from "../eval/check-usage.ts";
import { photoOptions } from "../gallery/gallery-options.ts";
import { measureOwn } from "../gallery/measure-own.ts";
import { thresholdLine } from "../model/card-lines.ts";
import { chooseModel } from "../model/choose-model.ts";
import { loadEmbedding } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { modelDigest, thresholdCardPath } from "../model/threshold-card-path.ts";
import { checkOutput } from "../options/check-output.ts";

const options = {
  dir: {
    value: "DIR",
    help: "a folder of photos or crops for each person: every photo is compared with every other",
    required: true,
  },
  pairs: {
    value: "FILE",
    help: "compare only these pairs of --dir, listed as LFW, CALFW, CPLFW or AgeDB-30 list theirs",
  },
  output: { value: "FILE", help: "threshold card to write [beside --model, where verify finds it]" },
  bootstrap: {
    value: "N",
    help: "resamples of the people for the intervals",
    parse: integer(FEWEST_REPLICATES),
    default: "1000",
  },
  flip: {
    value: "HOW",
    help: "mirrored crops: concat, sum or none",
    parse: oneOf("concat", "sum", "none"),
    default: "concat",
  },
  seed: { value: "N", help: "seed of the resamples", parse: integer(0), default: "1" },
  ...photoOptions,
} as const;

export const calibrate = defineCommand({
  options,
  examples: [
    "amface calibrate --model runs/a --dir own-photos",
    "amface calibrate --model net.onnx --dir own-photos --pairs pairs.txt --output own.thresholds.json",
  ],
  async run(values, _, context) {
    const { reporter } = context;
    const { flip, seed, bootstrap: replicates } = values;
    if (values.model === undefined && values.output === undefined)
      throw new UsageError("Cannot calibrate: expected --model or --output, got neither");
    const { path: model } = await chooseModel(values.model);
    const output = values.output ?? (await thresholdCardPath(model));
    await checkOutput(output);
    const { label: engine } = await startEngine({ ...values, model }, reporter);
    const net = await loadEmbedding(model, values, reporter);
    const { table, photos, people, skipped, alignment } = await measureOwn(model, net, values, context);
    const pairs = values.pairs ?? `${photos} photos of ${people} people`;
    const card = makeThresholdCard(table, {
      ...{
        model: net.name,
        modelSha256: await modelDigest(model, net),
        pairs,
        flip,
        alignment,
        seed,
        replicates,
      },
    });
    const { thresholds, measured, warnings } = card;
    for (const warning of warnings) reporter.warn(`Warning: ${warning}`);
    await writeThresholdCard(output, card);
    const { same, different, level } = measured;
    return { card: output, photos, people, skipped, same, different, level, thresholds, warnings, engine };
  },
  render: ({ card, photos, people, skipped, same, different, level, thresholds }) =>
    [
      `measured   ${same} same and ${different} different pairs of ${photos} photos of ${people} people${skipped > 0 ? `, ${skipped} photos skipped` : ""}`,
      ...thresholds.map(thresholdLine),
      thresholds.some(({ interval }) => interval)
        ? `intervals  of ${100 * level} %, people resampled`
        : "intervals  none: too few people",
      `card       ${card}`,
    ].join("\n"),
});
