import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  decide,
  makeThresholdCard,
  readThresholdCard,
  ThresholdCardError,
  tarAtFar,
  writeThresholdCard,
} from "../../src/mod.ts";
import { labels, randomDistances } from "../seeded.ts";

const issame = labels(10, 100);
const distances = randomDistances(issame, 0.5, 6);
const card = makeThresholdCard(
  { distances, issame },
  {
    model: "net",
    pairs: "pairs.txt",
    flip: "concat",
    replicates: 200,
    alignment: { height: 112, width: 96 },
  },
);

test("makeThresholdCard() has the thresholds of the FARs that the pairs can show, inside their intervals", () => {
  assert.deepEqual(
    card.thresholds.map(({ far }) => far),
    [0.1, 0.01, 0.001],
  );
  const expected = tarAtFar(distances, issame, [0.1, 0.01, 0.001]);
  card.thresholds.forEach(({ threshold, interval, tar }, i) => {
    assert.deepEqual([threshold, tar], [expected[i].threshold, expected[i].tar]);
    assert.ok(interval[0] <= threshold && threshold <= interval[1]);
  });
  assert.match(card.warnings[0], /a FAR of 1e-2, 1e-3 rest on fewer than 30/);
});

test("decide() answers outside the abstain band and is unsure inside", () => {
  const [{ far, threshold, interval }] = card.thresholds;
  assert.deepEqual(decide(card, interval[0] - 0.01, far).decision, "same");
  assert.deepEqual(decide(card, interval[1] + 0.01, far).decision, "different");
  const { same, decision, band } = decide(card, threshold - 1e-9, far);
  assert.deepEqual([same, decision, band], [true, "unsure", interval]);
  assert.throws(() => decide(card, 1, 1e-5), /expected one that the card has \(0.1, 0.01, 0.001\)/);
  assert.throws(
    () => decide({ ...card, thresholds: [] }, 1, 0.1),
    /got one without; measure it on more pairs/,
  );
  assert.throws(() => decide(card, Number.NaN, far), /squared distance, 0 to 4, got NaN/);
});

test("a threshold card is read as it was written, and nothing else is", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-card-"));
  try {
    const path = join(dir, "thresholds.json");
    await writeThresholdCard(path, card);
    assert.deepEqual(await readThresholdCard(path), card);
    const [threshold] = card.thresholds;
    for (const [value, wrong] of [
      [null, "expected an object, got null"],
      [{}, "format: expected amface-threshold-card, got nothing"],
      [{ ...card, version: 2 }, "version: expected 1, got 2"],
      [{ ...card, flip: true }, "flip: expected concat or sum or none, got true"],
      [{ ...card, measured: { ...card.measured, same: "9" } }, 'measured.same: expected a number, got "9"'],
      [
        { ...card, thresholds: [{ ...threshold, far: null }] },
        "thresholds[0].far: expected a number, got null",
      ],
      [
        { ...card, thresholds: [threshold, { ...threshold, interval: [1] }] },
        "thresholds[1].interval: expected a list of 2, got [1]",
      ],
    ] as const) {
      await writeFile(path, JSON.stringify(value));
      const message = `Cannot read the threshold card ${path}: ${wrong}`;
      await assert.rejects(readThresholdCard(path), { name: "ThresholdCardError", message });
    }
    await writeFile(path, "");
    await assert.rejects(readThresholdCard(path), ThresholdCardError);
    await assert.rejects(readThresholdCard(join(dir, "none.json")), ThresholdCardError);
  } finally {
    await rm(dir, { recursive: true });
  }
});
