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
    assert.ok(interval![0] <= threshold && threshold <= interval![1]);
  });
  assert.match(card.warnings[0], /a FAR of 1e-2, 1e-3 rest on fewer than 30/);
});

test("decide() answers outside the abstain band and is unsure inside", () => {
  const { far, threshold, interval } = card.thresholds[0] as Required<(typeof card.thresholds)[0]>;
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

/** Every pair of people with four photos each, whose distances tell them well but not fully. */
function everyPairOf(people: number) {
  const photos = Array.from({ length: 4 * people }, (_, i) => Math.floor(i / 4));
  const pairs = photos.flatMap((a, i) => photos.slice(0, i).map((b) => [b, a] as const));
  const same = pairs.map(([a, b]) => a === b);
  const identities = pairs.map(([a, b]) => [`p${a}`, `p${b}`] as const);
  return { issame: same, distances: randomDistances(same, 0.5, people), identities };
}

test("a card of fewer than five people has no intervals and says so, one of few people says how many", async () => {
  const options = { model: "net", pairs: "own", flip: "concat", replicates: 100 } as const;
  for (const people of [2, 3, 4]) {
    const few = makeThresholdCard(everyPairOf(people), options);
    assert.equal(few.measured.people, people);
    assert.ok(few.thresholds.length > 0);
    for (const { interval, farInterval, tarInterval } of few.thresholds)
      assert.deepEqual([interval, farInterval, tarInterval], [undefined, undefined, undefined]);
    assert.match(few.warnings.at(-1)!, new RegExp(`there are no intervals: .* there are ${people} people`));
    const { threshold, far } = few.thresholds[0];
    const { band, decision } = decide(few, threshold - 1e-9, far);
    assert.deepEqual([band, decision], [undefined, "same"]);
    const dir = await mkdtemp(join(tmpdir(), "amface-card-"));
    await writeThresholdCard(join(dir, "few.json"), few);
    assert.deepEqual(await readThresholdCard(join(dir, "few.json")), few);
    await rm(dir, { recursive: true });
  }
  const six = makeThresholdCard(everyPairOf(6), options);
  const [low, high] = six.thresholds[0].interval!;
  assert.ok(low < high);
  assert.match(six.warnings.at(-1)!, /the intervals rest on 6 people/);
  const many = makeThresholdCard(everyPairOf(20), options);
  assert.ok(many.warnings.every((warning) => !/people/.test(warning)));
});
