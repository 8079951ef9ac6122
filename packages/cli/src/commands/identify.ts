import { decide, type Flip, Gallery, type Match } from "@amface/lfw-eval";
import { defineCommand } from "../command/command.ts";
import { integer, number } from "../command/parse.ts";
import { embedPeople } from "../gallery/embed-photos.ts";
import { galleryOptions } from "../gallery/gallery-options.ts";
import { keepInEngine } from "../gallery/keep-in-engine.ts";
import { chooseModel } from "../model/choose-model.ts";
import { cardOption, requireCard } from "../model/find-card.ts";
import { loadEmbedding } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { modelDigest } from "../model/threshold-card-path.ts";
import { toDetectOptions } from "../options/detect-options.ts";

const options = {
  ...galleryOptions,
  top: {
    value: "K",
    help: "how many of the nearest people to tell of",
    parse: integer(1, 1000),
    default: "5",
  },
  far: {
    value: "RATE",
    help: "false accept rate, of one comparison, of the card's threshold",
    parse: number(0, 1),
    default: "1e-3",
  },
  card: cardOption,
} as const;

export const identify = defineCommand({
  positionals: { label: "PHOTO…", min: 1, max: 10_000 },
  options,
  examples: ["amface identify a.jpg b.jpg --gallery staff.arrow --model runs/a --far 1e-5"],
  async run(values, photos, { reporter, signal }) {
    const { path } = await chooseModel(values.model);
    await startEngine({ ...values, model: path }, reporter);
    const net = await loadEmbedding(path, values, reporter);
    const digest = await modelDigest(path, net);
    const { card, path: cardPath } = await requireCard(path, net, values.card);
    const gallery = await Gallery.open(values.gallery);
    const flip = (gallery.metadata.get("flip") ?? card.flip) as Flip;
    const known = gallery.metadata.get("modelSha256");
    if (known !== undefined && known !== digest) {
      throw new Error(
        `Cannot identify by the gallery ${values.gallery}: expected one of the model ${path}, got one of another model; ` +
          "give that by --model, or enrol anew",
      );
    }
    if (card.flip !== flip) {
      throw new Error(
        `Cannot identify by the gallery ${values.gallery}: expected mirrored crops joined as for the card ${cardPath} (--flip ${card.flip}), ` +
          `got --flip ${flip}; enrol anew with --flip ${card.flip}, or calibrate with --flip ${flip}`,
      );
    }
    const batches = embedPeople(photos, {
      ...{ path, net, flip, allowMismatch: values["allow-alignment-mismatch"], reporter },
      ...{ weights: values.weights, detect: toDetectOptions(values), rule: values["face-rule"] },
      ...{ threads: values.threads, signal, card: { path: cardPath, alignment: card.alignment } },
    });
    const found: Match[][] = [];
    for await (const { embeddings } of batches)
      found.push(...(await gallery.identify(embeddings, { top: values.top, keep: keepInEngine })));
    await gallery.unload();
    return {
      card: { path: cardPath, warnings: card.warnings },
      photos: found.map((matches, i) => {
        const verdict = matches[0] && decide(card, matches[0].distance, values.far);
        const name = verdict?.decision === "same" ? matches[0].name : null;
        return { path: photos[i], name, decision: verdict?.decision ?? "different", matches };
      }),
    };
  },
  render: ({ card, photos }) =>
    [
      ...photos.flatMap(({ path, name, decision, matches }) => [
        `${path}: ${name ?? (decision === "unsure" ? "not sure" : "unknown")}`,
        ...matches.map((match) => `  ${match.distance.toFixed(4)}  ${match.name}  ${match.path}`),
      ]),
      ...card.warnings.map((warning) => `warning of the card ${card.path}: ${warning}`),
    ].join("\n"),
});
