import assert from "node:assert/strict";
import { test } from "node:test";
import { type Detector, detectFaces, type Face, loadDetector } from "@amface/align";
import { renderScene, type SceneFace } from "@amface/data";
import { sharedData } from "./shared-data.ts";

const distance = ([ax, ay]: readonly number[], [bx, by]: readonly number[]) => Math.hypot(ax - bx, ay - by);

/** Mean distance of a found face's landmarks to the true ones, in distances of the eyes. */
function error(found: Face, { landmarks }: SceneFace): number {
  const sum = landmarks.reduce((total, point, i) => total + distance(point, found.landmarks[i]), 0);
  return sum / 5 / distance(landmarks[0], landmarks[1]);
}

/** Fails where the detector misses more than a tenth of the faces, or is off by too much. */
function assertFindsFaces(detector: Detector): void {
  const errors: number[] = [];
  for (let scene = 0; scene < 5; scene++) {
    const { image, faces } = renderScene(scene, { faces: 5, seed: 8, faceHeight: [40, 200] });
    const found = detectFaces(detector, image);
    for (const face of faces.filter(({ visible }) => visible > 0.9)) {
      errors.push(Math.min(...found.map((candidate) => error(candidate, face))));
    }
  }
  const near = errors.filter((value) => value < 0.25).sort((a, b) => a - b);
  assert.ok(errors.length >= 15, `${errors.length} faces`);
  assert.ok(near.length >= 0.9 * errors.length, `${near.length} of ${errors.length} found`);
  assert.ok(near[near.length >> 1] < 0.12, `median error ${near[near.length >> 1]} of the eyes' distance`);
}

test("the detector that comes with align finds the faces of generated scenes where they are", async () => {
  const detector = await loadDetector();
  assertFindsFaces(detector);
  detector.dispose();
});

test("MTCNN, which was trained on photos, finds the faces of generated scenes where they are", {
  skip: sharedData("weights") ? false : "needs ../shared/data",
}, async () => {
  const detector = await loadDetector(sharedData("weights")!);
  assertFindsFaces(detector);
  detector.dispose();
});
