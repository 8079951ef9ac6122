import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Box,
  boxWindow,
  regressBox,
  regressProposal,
  squareBox,
  truncateBox,
} from "../../src/detect/boxes.ts";
import { suppress } from "../../src/detect/suppress.ts";

function box(x1: number, y1: number, x2: number, y2: number, score = 0.5): Box {
  return { x1, y1, x2, y2, score, offsets: [0.1, -0.2, 0.3, 0.4] };
}
const corners = ({ x1, y1, x2, y2 }: Box) => [x1, y1, x2, y2];

test("suppress() measures boxes with both ends: 10 and 10 wide, 5 shared, is a third of the union", () => {
  const boxes = [box(1, 1, 10, 10, 0.9), box(6, 1, 15, 10, 0.8)];
  assert.equal(suppress(boxes, 1 / 3, "union").length, 2);
  assert.equal(suppress(boxes, 1 / 3 - 1e-9, "union").length, 1);
  assert.equal(suppress(boxes, 0.5, "min").length, 2);
  assert.equal(suppress(boxes, 0.5 - 1e-9, "min").length, 1);
});

test("suppress() drops a small box inside a large one by min but not by union", () => {
  const boxes = [box(0, 0, 99, 99, 0.8), box(10, 10, 19, 19, 0.9)];
  assert.deepEqual(suppress(boxes, 0.5, "min"), [boxes[1]]);
  assert.deepEqual(suppress(boxes, 0.5, "union"), [boxes[1], boxes[0]]);
});

test("suppress() lets a dropped box drop no other", () => {
  const chain = [box(0, 0, 9, 9, 0.9), box(4, 0, 13, 9, 0.8), box(8, 0, 17, 9, 0.7)];
  assert.deepEqual(suppress(chain, 0.3, "union"), [chain[0], chain[2]]);
});

test("suppress() keeps the later of equal scores and nothing of nothing", () => {
  const twins = [box(0, 0, 9, 9), box(1, 0, 10, 9)];
  assert.deepEqual(suppress(twins, 0.5, "union"), [twins[1]]);
  assert.deepEqual(suppress([], 0.5, "union"), []);
});

test("regressProposal() counts a side as x2 - x1, regressBox() one more", () => {
  assert.deepEqual(corners(regressProposal(box(10, 20, 20, 40))), [11, 16, 23, 48]);
  assert.deepEqual(corners(regressBox(box(11, 21, 20, 40))), [12, 17, 23, 48]);
});

test("squareBox() keeps the centre and takes the longer side", () => {
  assert.deepEqual(corners(squareBox(box(10, 20, 20, 40))), [5, 20, 25, 40]);
});

test("truncateBox() cuts towards zero and boxWindow() counts from 0", () => {
  const cut = truncateBox(box(-1.9, 2.9, 10.5, 12.1));
  assert.deepEqual(
    corners(cut).map((v) => v + 0),
    [-1, 2, 10, 12],
  );
  assert.deepEqual(boxWindow(cut), { left: -2, top: 1, width: 12, height: 11 });
});
