import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  alignFace,
  centerCrop,
  type DetectOptions,
  detectFaces,
  FACE_TEMPLATE,
  type Face,
  loadDetector,
} from "@amface/align";
import { readImage } from "@amface/images";
import { sharedData } from "../../../../test/shared-data.ts";
import { slow } from "../../../../test/slow.ts";
import { pyramidScales, strips } from "../../src/detect/propose-faces.ts";
import { faceScore } from "../../src/detect/score.ts";
import { LANDMARK_WINDOW, LandmarkWindow } from "../../src/warp/landmark-window.ts";
import { AreaResampler } from "../../src/warp/resample-area.ts";
import { blindDetector, CornerDetector } from "../fake-detector.ts";
import { pattern } from "../pattern.ts";

test("pyramidScales() goes from the least face to the photo's shorter side", () => {
  const scales = pyramidScales(300, 100, 20, 0.5);
  assert.deepEqual(scales, [0.6, 0.3, 0.15]); // 60, 30 and 15 pixels; 7.5 is under the window's 12
  assert.deepEqual(pyramidScales(20, 20, 20, 0.709), [0.6]);
  assert.deepEqual(pyramidScales(19, 500, 20, 0.709), []);
});

test("strips() cut a level so that P-Net's places are neither lost nor repeated", () => {
  const places = (rows: number) => Math.ceil((rows - 2) / 2) - 4;
  for (const [width, height] of [
    [150, 150],
    [4000, 3000],
    [12, 100_000],
    [100_000, 12],
    [60_000, 31],
    [2001, 2003],
  ]) {
    let next = 0;
    for (const [begin, end] of strips(width, height)) {
      assert.equal(begin, next * 2, `${width}x${height}`);
      next += places(end - begin);
      assert.ok(end <= height && end - begin >= 12);
      assert.ok((end - begin) * width <= 300_000 || end - begin <= 32, `${end - begin} rows of ${width}`);
    }
    assert.equal(next, places(height), `${width}x${height}`);
  }
});

test("faceScore() is the softmax of two logits", () => {
  assert.equal(faceScore(2, 2), 0.5);
  assert.equal(faceScore(-40, 40), 1);
  assert.equal(faceScore(800, -800), 0);
  assert.ok(Math.abs(faceScore(1, 2) - 1 / (1 + Math.exp(-1))) < 1e-7);
});

test("detectFaces() finds nothing where no net is sure, and in a photo of one pixel", () => {
  const detector = blindDetector();
  assert.deepEqual(detectFaces(detector, pattern(90, 60)), []);
  assert.deepEqual(detectFaces(detector, pattern(1, 1)), []);
});

test("detectFaces() carries a window through the three stages by the reference's arithmetic", () => {
  const detector = new CornerDetector();
  const faces = detectFaces(detector, pattern(40, 40), { minSize: 20, scaleFactor: 0.5 });
  assert.deepEqual(detector.levels, ["24x24", "12x12"]);
  // Level 0.6: (1, 1) to (20, 20); level 0.3: (3, 3) to (40, 40), the surer of the two. Both go on.
  // R-Net moves x by 0.1 of the side (20 and 38), then cut: (3, 1)-(22, 20) and (6, 3)-(43, 40).
  // O-Net moves x2 by half, y2 by a quarter of the side: (3, 1)-(32, 25) and (6, 3)-(62, 49.5). 621 of the
  // smaller one's 750 pixels lie in the larger one, so only that remains.
  assert.equal(faces.length, 1);
  assert.deepEqual(
    faces[0].box.map((v) => Math.round(v * 1e4) / 1e4),
    [6, 3, 62, 49.5],
  );
  assert.ok(Math.abs(faces[0].score - 1 / (1 + Math.exp(-5))) < 1e-6);
  // Landmarks are fractions of the box before it moves, counted from 0: 0.2 · 38 + 6 - 1, 0.3 · 38 + 3 - 1.
  const [x, y] = faces[0].landmarks[0];
  assert.ok(Math.abs(x - 12.6) < 1e-4 && Math.abs(y - 13.4) < 1e-4, `${x} ${y}`);
});

test("L-Net looks at a face twice, the second time at the window of the points that it placed first", () => {
  const options = { minSize: 20, scaleFactor: 0.5 };
  const [before] = detectFaces(new CornerDetector(), pattern(40, 40), options);
  const distances = [0.1, 0.05, -0.1, 0, 0.1, -0.05, 0.1, 0.2, 0, 0.1];
  const seen: Float32Array[] = [];
  class PlacingDetector extends CornerDetector {
    override get placesLandmarks(): boolean {
      return true;
    }
    override place(windows: Float32Array, count: number): Float32Array {
      assert.equal(count, 1);
      seen.push(windows);
      return Float32Array.from(distances);
    }
  }
  const [face] = detectFaces(new PlacingDetector(), pattern(40, 40), options);
  const first = new LandmarkWindow(before.landmarks).landmarksAt(Float32Array.from(distances));
  const second = new LandmarkWindow(first);
  assert.deepEqual(face, { ...before, landmarks: second.landmarksAt(Float32Array.from(distances)) });
  const window = new Float32Array(3 * LANDMARK_WINDOW ** 2);
  second.read(new AreaResampler(pattern(40, 40)), window);
  assert.equal(seen.length, 2);
  assert.deepEqual(seen[1], window);
});

test("detectFaces() refuses options and images that make no sense", () => {
  const detector = blindDetector();
  const refused: [DetectOptions, RegExp][] = [
    [{ minSize: 0 }, /minSize of at least 1 pixel, got 0/],
    [{ scaleFactor: 1 }, /scaleFactor between 0 and 1/],
    [{ thresholds: [0.5, 2, 0.5] }, /thresholds in 0\.\.1/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => detectFaces(detector, pattern(30, 30), options), message);
  }
  assert.throws(() => detectFaces(detector, { ...pattern(30, 30), width: 31 }), RangeError);
});

test("detectFaces(), alignFace() and centerCrop() refuse pixels that are floats", () => {
  const { data, ...size } = pattern(30, 30);
  const image = { data: Float32Array.from(data, (v) => v / 255) as unknown as Uint8Array, ...size };
  const message = /expected 8-bit pixels 0\.\.255 in a Uint8Array, got Float32Array; scale floats/;
  assert.throws(() => detectFaces(blindDetector(), image), message);
  assert.throws(() => alignFace(image, FACE_TEMPLATE), message);
  assert.throws(() => centerCrop(image), message);
});

interface Expected {
  box: number[];
  score: number;
  landmarks: number[][];
}

/** Largest differences of box corners and landmarks, to the face that is nearest. */
function distance(face: Expected, found: readonly Face[]): { box: number; landmarks: number } {
  const distances = found.map(({ box, landmarks }) => ({
    box: Math.max(...box.map((v, i) => Math.abs(v - face.box[i]))),
    landmarks: Math.max(...landmarks.flat().map((v, i) => Math.abs(v - face.landmarks.flat()[i]))),
  }));
  return distances.reduce((best, d) => (d.box < best.box ? d : best), { box: Infinity, landmarks: Infinity });
}

const data = sharedData("weights", "det1.npy") && sharedData();
const skip = data ? false : "needs ../shared/data";

async function checkPhotos(choose: (name: string) => boolean): Promise<number> {
  const { settings, photos } = JSON.parse(
    readFileSync(join(data as string, "photos", "mtcnn-reference.json"), "utf8"),
  );
  const detector = await loadDetector(join(data as string, "weights"));
  let checked = 0;
  for (const [name, byColour] of Object.entries<Record<string, Expected[]>>(photos)) {
    if (!choose(name)) continue;
    for (const [colour, faces] of Object.entries(byColour)) {
      const image = await readImage(join(data as string, "photos", name));
      if (colour === "BGR") swapRedAndBlue(image.data);
      const found = detectFaces(detector, image, settings);
      assert.equal(found.length, faces.length, `${name} ${colour}`);
      for (const face of faces) {
        const { box, landmarks } = distance(face, found);
        assert.ok(box < 1.5 && landmarks < 1, `${name} ${colour}: box ${box}, landmarks ${landmarks}`);
        checked++;
      }
    }
  }
  detector.dispose();
  return checked;
}

function swapRedAndBlue(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3) [pixels[i], pixels[i + 2]] = [pixels[i + 2], pixels[i]];
}

test("detectFaces() finds the reference's faces: six, two, one in BGR, none", { skip }, async () => {
  assert.equal(await checkPhotos((name) => ["faces.jpg", "ivan.jpg", "no-faces.jpg"].includes(name)), 9);
});

const skipSlow = skip || (slow() ? false : "slow: run with AMFACE_SLOW=1");

test("detectFaces() finds the reference's faces in all whole photos", {
  skip: skipSlow,
  timeout: 120_000,
}, async () => {
  assert.equal(await checkPhotos(() => true), 33);
});
