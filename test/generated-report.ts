import { alignFace } from "@amface/align";
import { Random, renderFace } from "@amface/data";
import { encodePng, type RgbImage } from "@amface/images";
import {
  bootstrap,
  compareModels,
  type DistanceTable,
  evaluate,
  medianThreshold,
  type Quality,
  type ReportData,
  type ReportPair,
  squaredDistances,
  subgroupRates,
  worstPairs,
} from "@amface/lfw-eval";
import { cropLandmarks } from "../packages/cli/src/eval/crop-faces.ts";

const PEOPLE = 40;
const PHOTOS = 8;
const FOLDS = 10;
const SIZE = { height: 56, width: 48 };

/**
 * Every section of a report, of generated faces only. The distances are those of plain pixels, once of the whole crop and
 * once of its middle.
 */
export async function generatedReport(): Promise<ReportData> {
  const faces = Array.from({ length: PEOPLE * PHOTOS }, (_, i) => {
    const { image, landmarks } = renderFace(Math.floor(i / PHOTOS), i % PHOTOS, { seed: 3 });
    return {
      name: `person-${Math.floor(i / PHOTOS)}/${(i % PHOTOS) + 1}.png`,
      crop: alignFace(image, landmarks, SIZE),
      landmarks,
    };
  });
  const pairs = drawPairs();
  const issame = pairs.map(({ a, b }) => person(a) === person(b));
  const table = (border: number): DistanceTable => ({
    issame,
    distances: squaredDistances(
      pixels(
        faces.map(({ crop }) => crop),
        border,
      ),
      pairs,
    ),
    folds: pairs.map(({ fold }) => fold),
    photos: pairs.map(({ a, b }) => [faces[a].name, faces[b].name] as const),
    identities: pairs.map(({ a, b }) => [`person-${person(a)}`, `person-${person(b)}`] as const),
  });
  const [whole, middle] = [table(0), table(12)];
  const [first, second] = [whole, middle].map(({ distances, folds }) =>
    evaluate(distances, issame, { folds }),
  );
  const threshold = medianThreshold(first);
  const picture = async (i: number) => {
    const { name, crop, landmarks } = faces[i];
    const face = { landmarks, box: [0, 0, 0, 0], score: 1 } as const;
    return { name, bytes: await encodePng(crop), landmarks: cropLandmarks(face, SIZE) };
  };
  const worst = [false, true].flatMap((same) => worstPairs(whole, threshold, 4, same));
  const tilt: Quality = {
    name: "Tilt of the eyes in the photo, degrees",
    largerIsBetter: false,
    of(photo) {
      const { landmarks } = faces.find(({ name }) => name === photo)!;
      const [[x0, y0], [x1, y1]] = landmarks;
      return (Math.abs(Math.atan2(y1 - y0, x1 - x0)) * 180) / Math.PI;
    },
  };
  return {
    title: "Pixels of generated faces",
    summary: `${pairs.length} pairs of ${PEOPLE} people who do not exist.`,
    result: {
      name: "whole crop",
      evaluation: first,
      table: whole,
      bootstrap: bootstrap(whole, { replicates: 200 }),
    },
    baselines: [{ name: "its middle", evaluation: second, table: middle }],
    comparison: { name: "its middle", ...compareModels(whole, middle, { replicates: 200 }) },
    subgroups: {
      number: subgroupRates(
        whole,
        (_, identity) => (Number(identity.slice(7)) % 2 ? "odd" : "even"),
        threshold,
      ),
    },
    worstPairs: await Promise.all(
      worst.map(async (p, i): Promise<ReportPair> => {
        const { a, b } = pairs[p];
        const pictures = { a: await picture(a), b: await picture(b) };
        return { ...pictures, same: issame[p], distance: whole.distances[p], labelError: i === 0 };
      }),
    ),
    qualities: [tilt],
    loss: [1, 2, 3].map((step) => ({ step, loss: 20 / step })),
    details: { seed: 3 },
  };
}

const person = (photo: number) => Math.floor(photo / PHOTOS);

/** Folds share no person, and each has as many pairs of one person as of two. */
function drawPairs() {
  const random = new Random("report");
  const perFold = PEOPLE / FOLDS;
  return Array.from({ length: FOLDS * 60 }, (_, i) => {
    const fold = Math.floor(i / 60);
    const one = fold * perFold + random.int(perFold);
    const other =
      i % 2 === 0 ? one : fold * perFold + ((one - fold * perFold + 1 + random.int(perFold - 1)) % perFold);
    const [p, q] = [random.int(PHOTOS), random.int(PHOTOS - 1)];
    return { a: one * PHOTOS + p, b: other * PHOTOS + (q < p ? q : q + 1), fold };
  });
}

/** Crops less a border and their mean, as embeddings. */
function pixels(crops: readonly RgbImage[], border: number) {
  const [height, width] = [SIZE.height - 2 * border, SIZE.width - 2 * border];
  const size = height * width * 3;
  const data = new Float32Array(crops.length * size);
  crops.forEach((crop, i) => {
    const own = data.subarray(i * size, (i + 1) * size);
    for (let y = 0; y < height; y++) {
      const from = ((y + border) * SIZE.width + border) * 3;
      own.set(crop.data.subarray(from, from + width * 3), y * width * 3);
    }
    const mean = own.reduce((sum, value) => sum + value, 0) / size;
    for (let k = 0; k < size; k++) own[k] -= mean;
  });
  return { data, size };
}
