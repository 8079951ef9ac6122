import { join } from "node:path";
import { alignFace, centerCrop, chooseFace } from "@amface/align";
import { useEngine } from "@amface/engine";
import { readImage } from "@amface/images";
import { type Evaluation, embedAll, evaluate, locatePhotos, measurePairs, readPairs } from "@amface/lfw-eval";
import { embedder, importNet, readSafetensors } from "@amface/nets";
import type { SeenPhoto } from "./compare-faces.ts";
import type { PhotoViewer } from "./photo-viewer.ts";
import { SIDES, type Side } from "./sides.ts";
import { percent, type Table } from "./table.ts";

/** What the published MobileFaceNet makes of LFW by each detector's crops: LFW's protocol on the folds that are there. */
export async function verificationTable(
  viewer: PhotoViewer,
  dataDir: string,
  sample: number,
): Promise<Table> {
  const imageDir = join(dataDir, "lfw", "images");
  const list = await readPairs(join(dataDir, "lfw", "pairs.txt"));
  const pairs = list.pairs.filter((_, i) => i % sample === 0);
  const located = await locatePhotos({ ...list, pairs }, imageDir, { strict: true });
  const photos = located.photos.map((photo) => ({ path: join(imageDir, photo) }));
  const seen = await viewer.see("pairs", photos);

  await useEngine("onnx");
  const weights = join(dataDir, "weights", "mobilefacenet-112x96.safetensors");
  const net = importNet("mobilefacenet", (await readSafetensors(weights)).tensors, { source: weights });
  const results: { side: Side; evaluation: Evaluation; faceless: number }[] = [];
  for (const side of SIDES) {
    const read = (photo: SeenPhoto) => crop(photo, side);
    const embeddings = await embedAll(seen, read, embedder(net), (i) => seen[i].path, { flip: "concat" });
    const { distances, issame, folds } = measurePairs(embeddings, located);
    const faceless = seen.filter(({ found }) => found[side].length === 0).length;
    results.push({ side, evaluation: evaluate(distances, issame, { folds }), faceless });
    console.error(`embedded the crops of ${side}`);
  }
  net.model.dispose();
  return table(results, seen.length, located.pairs.length);
}

/** The crop of the main face; of a photo without one its middle, on both sides alike. */
async function crop(photo: SeenPhoto, side: Side) {
  const image = await readImage(photo.path);
  const face = chooseFace(photo.found[side], photo);
  return face ? alignFace(image, face.landmarks) : centerCrop(image);
}

function table(
  results: readonly { side: Side; evaluation: Evaluation; faceless: number }[],
  photos: number,
  pairs: number,
): Table {
  const [ours, reference] = results.map(({ evaluation: { accuracy, folds } }) =>
    [accuracy.mean, ...folds.map((fold) => fold.accuracy)].map((rate) => percent(rate, 1)),
  );
  const difference = ours.map((rate, i) => rate - reference[i]);
  return {
    title: `MobileFaceNet on ${pairs} pairs of LFW, accuracy in %`,
    columns: [
      "crops by",
      { name: "mean", digits: 2 },
      { name: "std", digits: 2 },
      ...ours.slice(1).map((_, i) => ({ name: `fold ${i + 1}`, digits: 2 })),
      "photos without a face",
    ],
    rows: [
      ...results.map(({ side, evaluation, faceless }, i) => {
        const [mean, ...folds] = [ours, reference][i];
        return [side, mean, percent(evaluation.accuracy.std, 1), ...folds, faceless];
      }),
      ["difference, points", difference[0], undefined, ...difference.slice(1), undefined],
    ],
    notes: [
      `Of ${photos} photos the main face is cropped; where a side finds none, the photo's middle (centerCrop).`,
    ],
  };
}
