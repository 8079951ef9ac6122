import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseFace, detectFaces, FACE_TEMPLATE, type Face, loadDetector, rankFaces } from "@amface/align";
import { readImage } from "@amface/images";
import { sharedData } from "../../../../test/shared-data.ts";

const face = (x: number, y: number, side: number, score = 0.99): Face => ({
  box: [x - side / 2, y - side / 2, x + side / 2, y + side / 2],
  score,
  landmarks: FACE_TEMPLATE,
});

test("chooseFace() takes a large sure face high up in a photo, not specks near its middle", () => {
  const photo = { width: 640, height: 985 };
  const [portrait, sequins] = [face(316, 190, 150, 0.9997), face(344, 665, 37, 0.71)];
  assert.equal(chooseFace([portrait, sequins], photo), portrait);
  assert.equal(chooseFace([portrait, sequins], photo, { rule: "reference" }), sequins);
});

test("chooseFace() takes the sure one of two faces alike in size and place", () => {
  const photo = { width: 250, height: 250 };
  const [sure, unsure] = [face(140, 125, 100, 0.998), face(110, 125, 110, 0.75)];
  assert.equal(chooseFace([unsure, sure], photo), sure);
  assert.equal(chooseFace([unsure, sure], photo, { rule: "reference" }), unsure);
});

test("chooseFace() lets a face a quarter of the photo's side off the centre count half", () => {
  const photo = { width: 400, height: 400 };
  const centre = face(200, 200, 100);
  assert.equal(chooseFace([centre, face(300, 200, 141)], photo), centre); // 19,881 / 2 < 10,000
  assert.notEqual(chooseFace([centre, face(300, 200, 142)], photo), centre); // 20,164 / 2
});

test("chooseFace() chooses the same face in a photo of any size", () => {
  const faces = [face(316, 190, 150), face(344, 665, 37, 0.71), face(500, 400, 120, 0.9)];
  for (const scale of [0.1, 1, 17]) {
    const scaled = faces.map(
      ({ box, ...rest }) => ({ ...rest, box: box.map((v) => v * scale) }) as unknown as Face,
    );
    const photo = { width: 640 * scale, height: 985 * scale };
    assert.deepEqual(
      rankFaces(scaled, photo).map((ranked) => scaled.indexOf(ranked)),
      [0, 2, 1],
    );
  }
});

test("chooseFace() by the reference's rule weighs the area against the squared distance from the centre", () => {
  const photo = { width: 200, height: 100 };
  // 40² = 1600 in the middle; 60² - 2·30² = 1800 beside it; 80² - 2·60² = -800 far out.
  const [middle, beside, far] = [face(100, 50, 40), face(130, 50, 60), face(40, 50, 80)];
  const choice = { rule: "reference" } as const;
  assert.equal(chooseFace([middle, far, beside], photo, choice), beside);
  assert.equal(chooseFace([far, middle], photo, choice), middle);
});

test("chooseFace() gives nothing of nothing and refuses rules that are none", () => {
  const photo = { width: 200, height: 100 };
  assert.equal(chooseFace([], photo), undefined);
  assert.throws(() => chooseFace([], photo, { rule: "largest" as "weighted" }), {
    name: "RangeError",
    message: "Cannot choose a face: expected the rule weighted or reference, got largest",
  });
});

const skip = sharedData("photos", "celeba-018838.jpg") ? false : "needs ../shared/data";

test("chooseFace() takes faces of real photos, not sequins, a violin or a fist", { skip }, async () => {
  for (const [name, weights, box] of [
    ["celeba-018838", undefined, [252, 104, 380, 275]],
    ["celeba-200347", undefined, [310, 117, 407, 253]],
    ["ivan", sharedData("weights"), [278, 94, 327, 156]],
  ] as const) {
    const detector = await loadDetector(weights);
    const photo = await readImage(sharedData("photos", `${name}.jpg`) as string);
    const chosen = chooseFace(detectFaces(detector, photo), photo);
    detector.dispose();
    const off = chosen?.box.map((v, i) => Math.abs(v - box[i])) ?? [];
    assert.ok(off.length === 4 && Math.max(...off) < 5, `${name}: ${chosen?.box}`);
  }
});
