import { defineCommand } from "../command/command.ts";
import { number } from "../command/parse.ts";
import { mismatchOption } from "../model/check-alignment.ts";
import { chooseModel, modelOption } from "../model/choose-model.ts";
import { cardOption } from "../model/find-card.ts";
import { modelOptions } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { detectOptions, faceRuleOption, toDetectOptions } from "../options/detect-options.ts";
import { engineOptions } from "../options/engine-option.ts";
import { renderVerdict } from "../verify/render-verdict.ts";
import { type Verdict, verifyPhotos } from "../verify/verify-photos.ts";

const { weights, ...detection } = detectOptions;
const options = {
  model: modelOption,
  far: {
    value: "RATE",
    help: "false accept rate of the card's threshold",
    parse: number(0, 1),
    default: "1e-3",
  },
  card: cardOption,
  weights: {
    value: weights.value,
    help: `${weights.help}; with it, photos of the crops' size are aligned too`,
  },
  ...detection,
  "face-rule": faceRuleOption,
  "allow-alignment-mismatch": mismatchOption,
  ...engineOptions,
  ...modelOptions,
} as const;

export const verify = defineCommand({
  positionals: { label: "A B", min: 2, max: 2 },
  options,
  examples: [
    "amface verify a.jpg b.jpg",
    "amface verify a.jpg b.jpg --far 1e-2 --json",
    "amface verify crops/a.png crops/b.png --model runs/a",
  ],
  async run(values, photos, { reporter }) {
    const model = await chooseModel(values.model);
    const engine = await startEngine({ ...values, model: model.path }, reporter);
    const verdict = await verifyPhotos(photos, {
      model,
      modelOptions: values,
      card: values.card,
      far: values.far,
      weights: values.weights,
      detect: toDetectOptions(values),
      rule: values["face-rule"],
      threads: values.threads,
      allowMismatch: values["allow-alignment-mismatch"],
      reporter,
    });
    return { ...verdict, engine: engine.label };
  },
  render: renderVerdict,
  exits: {
    help: "0 the same person, 3 different people or not sure, 1 failure (no face, say), 2 wrong usage",
    of: ({ decision }: Verdict) => (decision === "same" ? 0 : 3),
  },
});
