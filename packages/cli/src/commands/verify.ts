import { dirname, join } from "node:path";
import {
  alignFace,
  alignmentRecord,
  chooseFace,
  detectFaces,
  type Face,
  type FaceWarning,
  faceWarnings,
  loadDetector,
} from "@amface/align";

import { type AlignmentRecord, type RgbImage, readAlignment, readImage } from "@amface/images";
import { decide, embedAll, type Flip, readThresholdCard, squaredDistances } from "@amface/lfw-eval";
import { usableCores } from "@amface/tfjs-backend-onnx";
import { embedder } from "@amface/train";
import { defineCommand, type OptionValues } from "../command/command.ts";
import { number } from "../command/parse.ts";
import { checkAlignment, checkCardAlignment, mismatchOption } from "../model/check-alignment.ts";
import { loadModel, netOption } from "../model/model.ts";
import { startEngine } from "../model/start-engine.ts";
import { modelDigest, thresholdCardPath } from "../model/threshold-card-path.ts";
import { detectOptions, faceRuleOption, toDetectOptions } from "../options/detect-options.ts";
import { engineOptions } from "../options/engine-option.ts";

const { weights, ...detection } = detectOptions;
const options = {
  model: { value: "M", help: "run directory or saved model", required: true },
  net: netOption,
  far: {
    value: "RATE",
    help: "false accept rate of the card's threshold",
    parse: number(0, 1),
    default: "1e-3",
  },
  card: { value: "FILE", help: "threshold card [the one that eval --card wrote beside the model]" },
  weights: {
    value: weights.value,
    help: `${weights.help}; with it, photos of the crops' size are aligned too`,
  },
  ...detection,
  "face-rule": faceRuleOption,
  "allow-alignment-mismatch": mismatchOption,
  ...engineOptions,
} as const;

export const verify = defineCommand({
  positionals: { label: "A B", min: 2, max: 2 },
  options,
  examples: [
    "amface verify crops/a.png crops/b.png --model runs/a",
    "amface verify a.jpg b.jpg --model runs/a --far 1e-2 --json",
  ],
  async run(values, photos, { reporter }) {
    const { model } = values;
    const cardPath = values.card ?? (await thresholdCardPath(model));
    const card = await readThresholdCard(cardPath).catch((cause) => {
      const mend = "write one with amface eval --card, or give --card FILE";
      throw new Error(`${(cause as Error).message}; ${mend}`, { cause });
    });
    const engine = await startEngine(values, reporter);
    const net = await loadModel(model, values.net);
    if (card.modelSha256 !== undefined && card.modelSha256 !== (await modelDigest(model))) {
      throw new Error(
        `Cannot verify by the threshold card of ${card.model}: expected the weights that it was measured with, got others; ` +
          "measure again with amface eval --card",
      );
    }
    const [height, width] = net.description.imageShape;
    const crops = await cropsOf(photos, { height, width }, values);
    const check = { allowed: values["allow-alignment-mismatch"], reporter };
    for (const [i, { alignment }] of crops.entries()) {
      await checkAlignment(model, alignment, photos[i], check);
      checkCardAlignment(cardPath, card.alignment, alignment, photos[i], check);
    }
    const images = crops.map(({ image }) => image);
    const score = await distanceOf(images, card.flip, embedder(net), photos);
    const { same, threshold, far, band, decision } = decide(card, score, values.far);
    return {
      /** Squared distance: below the threshold the photos count as one person's. */
      score,
      threshold,
      same,
      decision,
      band,
      far,
      /** What was taken of each photo; nothing is known of the face of a crop. */
      photos: crops.map(({ face, faces, warnings }, i) => ({ path: photos[i], face, faces, warnings })),
      engine: engine.label,
    };
  },
  render: ({ score, threshold, decision, band, far, photos }) =>
    [
      { same: "the same person", different: "different people", unsure: "not sure" }[decision],
      `distance   ${score.toFixed(4)}`,
      `threshold  ${threshold.toFixed(4)} at FAR ${far}, unsure from ${band.map((edge) => edge.toFixed(4)).join(" to ")}`,
      ...photos.flatMap(({ path, warnings }) => warnings.map((name) => `check ${path}: ${WARNING[name]}`)),
    ].join("\n"),
});

/** What a warning says of a photo. */
const WARNING: Record<FaceWarning, string> = {
  tiny: "its face is tiny, the crop is enlarged more than twice",
  blurred: "its face is blurred",
  tilted: "its face is tilted beyond 45°",
  weak: "what was found has a score under 0.9 and may be no face",
  cut: "the photo's edge cuts its face off",
  several: "it shows several faces that could be meant; cut out the right one",
};

type Size = { readonly height: number; readonly width: number };

interface AlignedCrop {
  readonly image: RgbImage;
  /** How it was made, where that is known. */
  readonly alignment: AlignmentRecord | undefined;
  /** The face that was taken, of how many. */
  readonly face?: Pick<Face, "box" | "score">;
  readonly faces?: number;
  readonly warnings: readonly FaceWarning[];
}

/** What has the size of the model's crops is one, unless weights are given; of other photos the main face. */
async function cropsOf(
  paths: readonly string[],
  size: Size,
  values: OptionValues<typeof options>,
): Promise<AlignedCrop[]> {
  const images = await Promise.all(paths.map((path) => readImage(path)));
  const isCrop = ({ height, width }: RgbImage) =>
    values.weights === undefined && height === size.height && width === size.width;
  const detector = images.every(isCrop)
    ? undefined
    : await loadDetector(values.weights, { threads: values.threads ?? Math.min(2, usableCores()) });
  const detect = toDetectOptions(values);
  const rule = values["face-rule"];
  const crops = images.map(async (image, i) => {
    if (!detector || isCrop(image)) {
      return { image, alignment: await readAlignment(join(dirname(paths[i]), "..")), warnings: [] };
    }
    const faces = detectFaces(detector, image, detect);
    const face = chooseFace(faces, image, { rule });
    if (face === undefined) {
      const mend = "try --min-size or lower --thresholds";
      throw new Error(`Cannot verify ${paths[i]}: expected a face, got none; ${mend}`);
    }
    const { box, score } = face;
    return {
      image: alignFace(image, face.landmarks, size),
      alignment: alignmentRecord(detector, detect, size, { rule }),
      face: { box, score },
      faces: faces.length,
      warnings: faceWarnings(face, image, { size, among: faces }),
    };
  });
  return Promise.all(crops).finally(() => detector?.dispose());
}

async function distanceOf(
  crops: readonly RgbImage[],
  flip: Flip,
  embed: ReturnType<typeof embedder>,
  paths: readonly string[],
): Promise<number> {
  const embeddings = await embedAll(
    crops,
    async (crop) => crop,
    embed,
    (i) => paths[i],
    { flip },
  );
  return squaredDistances(embeddings, [{ a: 0, b: 1 }])[0];
}
