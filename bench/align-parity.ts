/**
 * How far `detectFaces` is from the reference pipeline's faces, kept in `mtcnn-reference.json` files: of whole photos
 * every face, of folders of identities the chosen one.
 *
 *     bun bench/align-parity.ts --data ../shared/data
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chooseFace, type DetectOptions, detectFaces, type Face, loadDetector } from "@amface/align";
import { type RgbImage, readImage } from "@amface/images";

const { values } = parseArgs({
  options: { data: { type: "string" }, every: { type: "string", default: "1" } },
});
if (!values.data) throw new Error("Cannot start: expected --data DIR");
const { data } = values;
const detector = await loadDetector(join(data, "weights"));

type Expected = Pick<Face, "box" | "landmarks" | "score">;

const largest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])));

/** Differences of the faces that belong together, the nearest first, and how many have no partner. */
class Tally {
  photos = 0;
  sameCount = 0;
  readonly boxes: number[] = [];
  readonly landmarks: number[] = [];
  readonly misses: string[] = [];

  add(name: string, expected: readonly Expected[], found: readonly Face[]): void {
    this.photos++;
    if (expected.length === found.length) this.sameCount++;
    else this.misses.push(`${name}: ${expected.length} faces expected, ${found.length} found`);
    for (const face of expected) {
      const distances = found.map(({ box, landmarks }) => [
        largest(box, face.box),
        largest(landmarks.flat(), face.landmarks.flat()),
      ]);
      const [box, landmarks] = distances.sort((a, b) => a[0] - b[0])[0] ?? [Infinity, Infinity];
      this.boxes.push(box);
      this.landmarks.push(landmarks);
      if (box > 1.5 || landmarks > 1)
        this.misses.push(`${name}: box ${box.toFixed(2)} px, landmarks ${landmarks.toFixed(2)} px off`);
    }
  }

  print(title: string): void {
    const share = (ok: number, all: number) => `${ok} of ${all} (${((100 * ok) / all).toFixed(2)} %)`;
    const quantile = (numbers: number[], q: number) =>
      numbers.toSorted((a, b) => a - b)[Math.floor(q * (numbers.length - 1))].toFixed(4);
    const close = this.boxes.filter((box, i) => box <= 1.5 && this.landmarks[i] <= 1).length;
    console.log(`${title}`);
    console.log(`  photos with as many faces     ${share(this.sameCount, this.photos)}`);
    console.log(`  faces within 1.5 px and 1 px  ${share(close, this.boxes.length)}`);
    for (const [what, numbers] of [
      ["box corners", this.boxes],
      ["landmarks", this.landmarks],
    ] as const)
      console.log(
        `  ${what.padEnd(12)} px off: median ${quantile(numbers, 0.5)}, 99 % ${quantile(numbers, 0.99)}, most ${quantile(numbers, 1)}`,
      );
    for (const miss of this.misses.slice(0, 40)) console.log(`    ${miss}`);
  }
}

function swapRedAndBlue({ data, width, height }: RgbImage): RgbImage {
  return { data: data.map((_, i) => data[i - (i % 3) + 2 - (i % 3)]), width, height };
}

const json = (...parts: string[]) => JSON.parse(readFileSync(join(data, ...parts), "utf8"));

const whole = new Tally();
const { settings, photos } = json("photos", "mtcnn-reference.json") as {
  settings: DetectOptions;
  photos: Record<string, Record<string, Expected[]>>;
};
for (const [name, byColour] of Object.entries(photos)) {
  for (const [colour, faces] of Object.entries(byColour)) {
    const image = await readImage(join(data, "photos", name));
    const pixels = colour === "BGR" ? swapRedAndBlue(image) : image;
    whole.add(`${name} ${colour}`, faces, detectFaces(detector, pixels, settings));
  }
}
whole.print("whole photos, every face");

const lfw = json("lfw", "mtcnn-reference.json") as {
  settings: DetectOptions;
  faces: Record<string, Expected>;
};
const { minSize, thresholds, scaleFactor } = lfw.settings;
const chosen = new Tally();
for (const [i, [name, face]] of Object.entries(lfw.faces).entries()) {
  if (i % Number(values.every) > 0) continue;
  const image = await readImage(join(data, "lfw", "images", name));
  const found = detectFaces(detector, image, { minSize, thresholds, scaleFactor });
  const best = chooseFace(found, image, { rule: "reference" });
  chosen.add(name, [face], best ? [best] : []);
}
chosen.print("LFW, the chosen face");
