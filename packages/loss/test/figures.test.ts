import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { arcFace, cosFace, decisionBoundaryFigure, targetLogitFigure } from "../src/mod.ts";

before(() => tf.setBackend("cpu"));

const MARGINS = [
  { name: "softmax", margin: cosFace(0) },
  { name: "AM-Softmax", margin: cosFace(0.35) },
  { name: "ArcFace", margin: arcFace(0.5) },
];
const degrees = (radians: number) => (radians * 180) / Math.PI;

test("targetLogitFigure() draws what each margin makes of every angle", () => {
  const { data } = targetLogitFigure(MARGINS);
  assert.deepEqual(
    data.map(({ name }) => name),
    ["softmax", "AM-Softmax", "ArcFace"],
  );
  const at = (i: number, degree: number) => (data[i].y as number[])[degree];
  assert.equal((data[0].x as number[])[90], 90);
  assert.ok(Math.abs(at(0, 60) - 0.5) < 1e-4);
  assert.ok(Math.abs(at(1, 60) - 0.15) < 1e-4);
  assert.ok(Math.abs(at(2, 0) - Math.cos(0.5)) < 1e-4);
});

test("decisionBoundaryFigure() parts at equal angles without a margin, and at cosines m or angles m apart with one", () => {
  const { data } = decisionBoundaryFigure(MARGINS);
  const at = (i: number, degree: number) => (data[i].y as (number | null)[])[degree];
  for (const degree of [0, 30, 120, 180]) assert.ok(Math.abs((at(0, degree) as number) - degree) < 0.05);
  assert.ok(Math.abs((at(1, 0) as number) - degrees(Math.acos(0.65))) < 0.01);
  assert.ok(Math.abs((at(2, 90) as number) - (90 + degrees(0.5))) < 0.01);
  assert.equal(at(1, 170), null); // no angle has a cosine below -1
});
