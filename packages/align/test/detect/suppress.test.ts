import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import {
  type Box,
  boxWindow,
  regressBox,
  regressProposal,
  squareBox,
  truncateBox,
} from "../../src/detect/boxes.ts";
import { areaOf, type OverlapOf, sharedArea, suppress } from "../../src/detect/suppress.ts";

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

/** All against all, the plain way. */
function suppressPlainly(boxes: readonly Box[], threshold: number, overlapOf: OverlapOf): Box[] {
  const rest = boxes.toReversed().sort((a, b) => b.score - a.score);
  const kept: Box[] = [];
  while (rest.length > 0) {
    const best = rest.shift() as Box;
    kept.push(best);
    for (let i = rest.length - 1; i >= 0; i--) {
      const shared = sharedArea(best, rest[i]);
      const areas = [areaOf(best), areaOf(rest[i])];
      const whole = overlapOf === "union" ? areas[0] + areas[1] - shared : Math.min(...areas);
      if (!(shared / whole <= threshold)) rest.splice(i, 1);
    }
  }
  return kept;
}

test("suppress() keeps what all against all keep, of boxes of any size, place and kind", () => {
  const random = new Random("suppress", 1);
  const strange = [Number.NaN, Number.POSITIVE_INFINITY, -Number.MAX_VALUE, 1e9, -1, 0];
  for (let round = 0; round < 300; round++) {
    const [side, largest] = [50 * 4 ** random.int(4), 4 ** random.int(6)];
    const boxes = Array.from({ length: random.int(120) }, () => {
      // Whole corners and few scores, so that many are equal.
      const [x, y] = [0, 0].map(() => random.int(side) - side / 4);
      const [width, height] = [0, 0].map(() => random.int(largest) * (round % 2 ? 1 : random.next()));
      return box(x, y, x + width, y + height, random.int(20) / 20);
    });
    if (round % 5 === 0 && boxes.length > 0) {
      const index = random.int(boxes.length);
      const corner = (["x1", "y1", "x2", "y2"] as const)[random.int(4)];
      boxes[index] = { ...boxes[index], [corner]: strange[random.int(strange.length)] };
    }
    for (const overlapOf of ["union", "min"] as const) {
      const threshold = random.int(11) / 10;
      const expected = suppressPlainly(boxes, threshold, overlapOf);
      assert.deepEqual(suppress(boxes, threshold, overlapOf), expected, `round ${round}, ${overlapOf}`);
    }
  }
});

test("suppress() of 60,000 boxes on a large photo takes well under a second's work", () => {
  const random = new Random("suppress", 2);
  const boxes = Array.from({ length: 60_000 }, () => {
    const [x, y] = [8000 * random.next(), 6000 * random.next()];
    return box(x, y, x + 28, y + 28, random.next());
  });
  const start = performance.now();
  assert.ok(suppress(boxes, 0.7, "union").length > 10_000);
  const milliseconds = performance.now() - start;
  assert.ok(milliseconds < 3000, `${milliseconds} ms`); // all against all: over a minute
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
