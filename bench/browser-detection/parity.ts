import { join } from "node:path";
import { detectFaces, type Face, loadDetector } from "@amface/align";
import { writeFileAtomic } from "@amface/files";
import { readImage } from "@amface/images";
import type { Page } from "playwright-core";
import { matchBoxes, overlap } from "../detector/match-boxes.ts";
import type { SeenFile } from "./amface-page.ts";
import { somePhotos } from "./frames.ts";

/** Faces are the same where the boxes' intersection over union reaches this. */
const SAME = 0.5;

/** How far faces lie from Node's, in pixels, over some photos. */
class Differences {
  photos = 0;
  sameCounts = 0;
  faces = 0;
  partners = 0;
  readonly box: number[] = [];
  readonly landmarks: number[] = [];
  readonly score: number[] = [];

  add(expected: readonly Face[], got: readonly Face[]): void {
    this.photos++;
    if (expected.length === got.length) this.sameCounts++;
    this.faces += expected.length;
    const partners = matchBoxes(expected, got, SAME, (a, b) => overlap(a.box, b.box));
    for (const [i, face] of expected.entries()) {
      const other = got[partners[i]];
      if (!other) continue;
      this.partners++;
      this.box.push(farthest(face.box, other.box));
      this.landmarks.push(farthest(face.landmarks.flat(), other.landmarks.flat()));
      this.score.push(Math.abs(face.score - other.score));
    }
  }

  toJSON() {
    const { photos, sameCounts, faces, partners } = this;
    const [box, landmarks, score] = [this.box, this.landmarks, this.score].map(spread);
    return { photos, sameCounts, faces, partners, box, landmarks, score };
  }
}

const farthest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])));

function spread(numbers: readonly number[]) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  return { median: at(0.5), p99: at(0.99), largest: at(1) };
}

/** What the browser makes of a set of photos, beside Node. */
export interface Parity {
  /** With the same pixels, by side. */
  readonly samePixels: Readonly<Record<string, Differences>>;
  /** With the files, which the browser decodes. */
  readonly files: {
    readonly faces: Differences;
    /** Files of which every pixel is as Node's. */
    readonly equal: number;
    /** Means over files, in grey levels and as a share of values; the largest difference of all. */
    readonly mean: number;
    readonly differing: number;
    readonly largest: number;
  };
}

export interface ParityOptions {
  /** What the site serves as `/`. */
  readonly dir: string;
  /** A folder of JPEG files, and where the site serves it, with a slash at the end. */
  readonly photos: string;
  readonly url: string;
  readonly count: number;
  /** Those of `amface-page.ts` that have been started; files are seen by the first. */
  readonly sides: readonly string[];
}

/** Looks at photos in Node and in a page with the same pixels, and in the page as the browser decodes the files. */
export async function measureParity(page: Page, options: ParityOptions): Promise<Parity> {
  const { dir, photos, url, count, sides } = options;
  const call = <T>(name: string, ...args: readonly unknown[]) =>
    page.evaluate<T>(`${name}(${args.map((value) => JSON.stringify(value))})`);
  const detector = await loadDetector();
  const same = new Map(sides.map((side) => [side, new Differences()]));
  const faces = new Differences();
  const pixels: SeenFile["pixels"][] = [];
  for (const path of await somePhotos(photos, count)) {
    const image = await readImage(join(photos, path));
    const expected = detectFaces(detector, image);
    await writeFileAtomic(join(dir, "photo.rgb"), image.data);
    for (const [side, differences] of same) {
      differences.add(expected, await call<Face[]>("seePixels", side, image.width, image.height));
    }
    const seen = await call<SeenFile>("seeFile", sides[0], url + path);
    faces.add(expected, seen.faces);
    pixels.push(seen.pixels);
  }
  detector.dispose();
  const mean = (what: "mean" | "differing") => pixels.reduce((sum, of) => sum + of[what], 0) / pixels.length;
  return {
    samePixels: Object.fromEntries(same),
    files: {
      faces,
      equal: pixels.filter(({ largest }) => largest === 0).length,
      mean: mean("mean"),
      differing: mean("differing"),
      largest: Math.max(...pixels.map(({ largest }) => largest)),
    },
  };
}

/** Prints a Markdown table that can be pasted as it is, and what the decoders make different. */
export function printParity(sets: Readonly<Record<string, Parity>>): void {
  const px = ({ median, p99, largest }: ReturnType<typeof spread>) =>
    [median, p99, largest].map((value) => value?.toPrecision(2) ?? "–").join(", ");
  console.log(
    "| photos | side | photos with as many faces | faces that it finds too | boxes off by, px: median, 99 %, largest | landmarks, px | scores |",
  );
  console.log(`|${" --- |".repeat(7)}`);
  for (const [set, { samePixels, files }] of Object.entries(sets)) {
    for (const [side, differences] of Object.entries({
      ...samePixels,
      "files, decoded by the browser": files.faces,
    })) {
      const { photos, sameCounts, faces, partners, box, landmarks, score } = differences.toJSON();
      const counts = [`${sameCounts} of ${photos}`, `${partners} of ${faces}`];
      console.log(`| ${[set, side, ...counts, px(box), px(landmarks), px(score)].join(" | ")} |`);
    }
  }
  for (const [set, { files }] of Object.entries(sets)) {
    const { equal, mean, differing, largest, faces } = files;
    console.log(
      `\n${set}: the browser decodes ${equal} of ${faces.photos} files to Node's pixels; in the mean ${mean.toFixed(4)} grey levels off, ` +
        `${(100 * differing).toFixed(2)} % of the values, ${largest} levels at most`,
    );
  }
}
