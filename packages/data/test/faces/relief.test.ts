import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import { drawIdentity } from "../../src/faces/draw-identity.ts";
import { EYE_Y } from "../../src/faces/face-identity.ts";
import { drawConditions } from "../../src/faces/photo-conditions.ts";
import { Relief, type ReliefSample } from "../../src/faces/relief.ts";

const who = drawIdentity(new Random("identity", 0, 3));
const photo = drawConditions(who, new Random("photo", 0, 3, 1), 128);
const relief = new Relief(who, photo);

function at(x: number, y: number): ReliefSample {
  const sample = { slopeX: 0, slopeY: 0, open: 1, tone: 1 };
  relief.at(x, y, sample);
  return sample;
}

test("Relief rises from both cheeks to the ridge of the nose, and falls from its tip to the lip", () => {
  const y = who.nose.y - 0.1;
  assert.ok(at(-who.nose.bridge * 1.5, y).slopeX > 0.2);
  assert.ok(at(who.nose.bridge * 1.5, y).slopeX < -0.2);
  assert.ok(Math.abs(at(0, y).slopeX) < 0.1);
  assert.ok(at(0, who.nose.y + 0.07).slopeY < -0.5);
});

test("Relief is the same on both sides of the face; the skin's tone is not", () => {
  let tones = 0;
  for (let x = 0.05; x < 0.8; x += 0.05) {
    const [left, right] = [at(-x, 0.1), at(x, 0.1)];
    assert.ok(Math.abs(left.slopeX + right.slopeX) < 1e-3, `${left.slopeX} and ${right.slopeX} at ${x}`);
    assert.ok(Math.abs(left.open - right.open) < 1e-3);
    tones += Math.abs(left.tone - right.tone);
  }
  assert.ok(tones > 0.05);
});

test("Relief lets less light into the corner beside the nose than onto its ridge", () => {
  const y = (EYE_Y + who.nose.y) / 2;
  assert.ok(at(who.nose.bridge * 1.8 + 0.08, y).open < at(0, y).open - 0.05);
});

test("Relief is flat and open beyond the face", () => {
  for (const [x, y] of [
    [2, 0],
    [0, -3],
    [-0.96, 0],
  ]) {
    assert.deepEqual(at(x, y), { slopeX: 0, slopeY: 0, open: 1, tone: 1 });
  }
});
