import assert from "node:assert/strict";
import { test } from "node:test";
import type { Face, Landmarks } from "@amface/align";
import { judgeFaces } from "../../src/detect/judge-faces.ts";
import { runNow } from "../../src/detect/steps.ts";
import { AreaResampler } from "../../src/warp/resample-area.ts";
import { CornerDetector } from "../fake-detector.ts";
import { pattern } from "../pattern.ts";

/** R-Net gives every window the same logit. */
class FirmDetector extends CornerDetector {
  asked = 0;
  readonly logit: number;

  constructor(logit: number) {
    super();
    this.logit = logit;
  }

  override refine(_: Float32Array, count: number): Float32Array {
    this.asked += count;
    return Float32Array.from({ length: 6 * count }, (_, i) => (i % 6 === 1 ? this.logit : 0));
  }
}

const SHARES = [
  [0.3, 0.4],
  [0.7, 0.4],
  [0.5, 0.6],
  [0.35, 0.75],
  [0.65, 0.75],
] as const;

function face(left: number, side: number, score: number): Face {
  const landmarks = SHARES.map(([x, y]) => [left + x * side, left + y * side]) as unknown as Landmarks;
  return { box: [left, left, left + side, left + side], score, landmarks };
}

const photo = new AreaResampler(pattern(200, 300));
const judge = (logit: number, faces: readonly Face[], threshold = 0.7) => {
  const detector = new FirmDetector(logit);
  const judged = runNow(judgeFaces(detector, photo, faces, { threshold, shorter: 200 }));
  const { asked } = detector;
  detector.dispose();
  return { judged, asked };
};

test("a face of which O-Net is sure stays as it is, and R-Net is not asked", () => {
  const sure = face(10, 20, 0.98);
  assert.deepEqual(judge(-9, [sure]), { judged: [sure], asked: 0 });
});

test("R-Net raises a face under the threshold above it, and takes away one over it", () => {
  const [low, high] = [face(10, 40, 0.4), face(60, 40, 0.9)];
  const raised = judge(7, [high, low]);
  assert.equal(raised.asked, 18);
  assert.equal(raised.judged.length, 2);
  assert.ok(raised.judged[0].score > raised.judged[1].score && raised.judged[1].score > 0.7);
  assert.deepEqual(raised.judged[1].box, low.box);
  assert.deepEqual(judge(-1, [high, low]).judged, []);
});

test("with a higher threshold fewer faces stay", () => {
  const faces = [face(10, 40, 0.9), face(60, 40, 0.4)];
  assert.equal(judge(5, faces, 0.7).judged.length, 1);
  assert.equal(judge(5, faces, 0.99).judged.length, 0);
  assert.equal(judge(5, faces, 0.2).judged.length, 2);
});

test("a photo keeps its only large face, whatever R-Net makes of it, with the score of both", () => {
  const [large, small] = [face(10, 60, 0.85), face(100, 40, 0.9)];
  const { judged } = judge(-1, [small, large]);
  assert.deepEqual(
    judged.map(({ box }) => box),
    [large.box],
  );
  assert.ok(judged[0].score < 0.7);
  assert.deepEqual(judge(-1, [face(10, 60, 0.75)]).judged, []);
  assert.deepEqual(judge(-1, [large], 0.9).judged, []);
  assert.deepEqual(judge(-1, [face(10, 20, 0.98), large]).judged.length, 1);
});
