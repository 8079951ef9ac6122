import { dirname, join } from "node:path";
import { alignFace, alignmentRecord, chooseFace, detectFaces, loadDetector } from "@amface/align";
import { type AlignmentRecord, type RgbImage, readAlignment, readImage } from "@amface/images";
import { decide, embedAll, type Flip, readThresholdCard, squaredDistances } from "@amface/lfw-eval";
import { embedder } from "@amface/train";
import { checkAlignment, checkCardAlignment, mismatchOption } from "../check-alignment.ts";
import { defineCommand, type OptionValues } from "../command.ts";
import { detectOptions, toDetectOptions } from "../detect-options.ts";
import { engineOption } from "../engine-option.ts";
import { loadModel, netOption } from "../model.ts";
import { number } from "../parse.ts";
import { startEngine } from "../start-engine.ts";
import { modelDigest, thresholdCardPath } from "../threshold-card-path.ts";

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
    help: "MTCNN's weights: find and align faces; without, A and B are crops",
  },
  ...detection,
  "allow-alignment-mismatch": mismatchOption,
  engine: engineOption,
} as const;

export const verify = defineCommand({
  positionals: { label: "A B", min: 2, max: 2 },
  options,
  examples: [
    "amface verify crops/a.png crops/b.png --model runs/a",
    "amface verify a.jpg b.jpg --model runs/a --weights mtcnn --far 1e-2 --json",
  ],
  async run(values, photos, { reporter }) {
    const { model } = values;
    const cardPath = values.card ?? (await thresholdCardPath(model));
    const card = await readThresholdCard(cardPath).catch((cause) => {
      const mend = "write one with amface eval --card, or give --card FILE";
      throw new Error(`${(cause as Error).message}; ${mend}`, { cause });
    });
    const engine = await startEngine(values.engine, reporter);
    const net = await loadModel(model, values.net);
    if (card.modelSha256 !== undefined && card.modelSha256 !== (await modelDigest(model))) {
      throw new Error(
        `Cannot verify by the threshold card of ${card.model}: expected the weights that it was measured with, got others; ` +
          "measure again with amface eval --card",
      );
    }
    const [height, width] = net.description.imageShape;
    const { crops, alignments } = await cropsOf(photos, { height, width }, values);
    const check = { allowed: values["allow-alignment-mismatch"], reporter };
    for (const [i, alignment] of alignments.entries()) {
      await checkAlignment(model, alignment, photos[i], check);
      checkCardAlignment(cardPath, card.alignment, alignment, photos[i], check);
    }
    const score = await distanceOf(crops, card.flip, embedder(net), photos);
    const { same, threshold, far, band, decision } = decide(card, score, values.far);
    return {
      /** Squared distance: below the threshold the photos count as one person's. */
      score,
      threshold,
      same,
      decision,
      band,
      far,
      engine: engine.label,
    };
  },
  render: ({ score, threshold, decision, band, far }) =>
    [
      { same: "the same person", different: "different people", unsure: "not sure" }[decision],
      `distance   ${score.toFixed(4)}`,
      `threshold  ${threshold.toFixed(4)} at FAR ${far}, unsure from ${band.map((edge) => edge.toFixed(4)).join(" to ")}`,
    ].join("\n"),
});

type Size = { readonly height: number; readonly width: number };

interface Crops {
  readonly crops: readonly RgbImage[];
  /** How each was made, where that is known. */
  readonly alignments: readonly (AlignmentRecord | undefined)[];
}

/** The photos themselves where they are crops of `amface align` already, or the main face of each. */
async function cropsOf(
  paths: readonly string[],
  size: Size,
  values: OptionValues<typeof options>,
): Promise<Crops> {
  const images = await Promise.all(paths.map((path) => readImage(path)));
  if (values.weights === undefined) {
    for (const [i, image] of images.entries()) requireSize(image, size, paths[i]);
    const folders = paths.map((path) => join(dirname(path), ".."));
    return { crops: images, alignments: await Promise.all(folders.map(readAlignment)) };
  }
  const detector = await loadDetector(values.weights, { threads: 2 });
  const detect = toDetectOptions({ ...values, weights: values.weights });
  const record = alignmentRecord(detector, detect, size);
  const crops = images.map((image, i) => {
    const face = chooseFace(detectFaces(detector, image, detect), image);
    if (face !== undefined) return alignFace(image, face.landmarks, size);
    throw new Error(
      `Cannot verify ${paths[i]}: expected a face, got none; try --min-size or lower --thresholds`,
    );
  });
  detector.dispose();
  return { crops, alignments: paths.map(() => record) };
}

function requireSize({ height, width }: RgbImage, size: Size, path: string): void {
  if (height === size.height && width === size.width) return;
  throw new Error(
    `Cannot verify ${path}: expected a crop of ${size.height}x${size.width} (height x width), got ${height}x${width}; ` +
      "give --weights DIR to find and align the face",
  );
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
