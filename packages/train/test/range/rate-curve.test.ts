import assert from "node:assert/strict";
import { test } from "node:test";
import { type RatePoint, rateFigure, rateSentence, renderRateCurve } from "@amface/train";
import { hasDiverged, rateCurve } from "../../src/range/rate-curve.ts";

/** Losses at a hundred rates from 1e-5 to 10. */
const points = (lossAt: (rate: number, i: number) => number): RatePoint[] =>
  Array.from({ length: 100 }, (_, i) => {
    const rate = 10 ** (-5 + (6 * i) / 99);
    return { rate, loss: lossAt(rate, i) };
  });

/** Falls from 10 to 4 around 0.01, and rises from 1 on, with some noise from step to step. */
const usual = (rate: number, i: number) =>
  4 + 6 / (1 + rate / 0.01) + Math.max(0, rate - 1) + (i % 2 === 0 ? 0.3 : -0.3);

test("rateCurve() finds where the loss is lowest and from where on it rises, and suggests a sixtieth of that, for all its noise", () => {
  const { lowest, edge, suggestion, smoothed } = rateCurve(points(usual), false);
  assert.ok(lowest!.rate > 0.2 && lowest!.rate < 1.5, `${lowest!.rate}`);
  assert.ok(edge!.rate > lowest!.rate && edge!.rate < 3, `${edge!.rate}`);
  assert.equal(suggestion, edge!.rate / 60);
  assert.equal(smoothed.length, 100);
});

test("rateCurve() looks no further than to where half of the fall is lost: what falls behind it is no learning", () => {
  // As a margin loss goes: from 0.01 on it rises, and then falls lower than ever, as all embeddings become the same.
  const collapsing = (rate: number) =>
    rate < 0.01
      ? 10 - Math.log10(rate / 1e-5)
      : rate < 0.1
        ? 7 + 5 * Math.log10(rate / 0.01)
        : 12 - 5 * Math.log10(rate / 0.1);
  const { lowest, edge } = rateCurve(points(collapsing), false);
  assert.ok(lowest!.rate > 0.003 && lowest!.rate < 0.015, `${lowest!.rate}`);
  assert.ok(edge!.rate < 0.03, `${edge!.rate}`);
});

test("rateCurve() is the same whatever the steps between the rates, as it smooths over rates", () => {
  const fine = Array.from({ length: 400 }, (_, i) => 10 ** (-5 + (6 * i) / 399));
  const other = rateCurve(
    fine.map((rate, i) => ({ rate, loss: usual(rate, i) })),
    false,
  );
  const { suggestion } = rateCurve(points(usual), false);
  assert.ok(
    Math.abs(Math.log(other.suggestion! / suggestion!)) < 0.2,
    `${other.suggestion} and ${suggestion}`,
  );
});

test("rateCurve() suggests nothing where the loss never falls", () => {
  for (const steps of [points((rate) => 5 + rate), points(() => 5), []]) {
    const curve = rateCurve(steps, false);
    assert.equal(curve.suggestion, undefined);
    assert.match(rateSentence(curve), /^no suggestion/);
  }
});

test("hasDiverged() tells of a loss four times that at first, in the mean of three steps, and of none before", () => {
  const flat = points(() => 2).slice(0, 20);
  const with3 = [100, 100, 100].map((loss, i) => ({ rate: 1 + i, loss }));
  assert.equal(hasDiverged(flat), false);
  assert.equal(hasDiverged([...flat, { rate: 1, loss: 10 }]), false);
  assert.equal(hasDiverged([...flat, ...with3]), true);
  assert.equal(hasDiverged([]), false);
});

test("rateFigure() and renderRateCurve() draw the curve over a logarithmic axis, with the suggestion", () => {
  const curve = rateCurve(points(usual), true);
  const { data, layout } = rateFigure(curve);
  assert.deepEqual(
    data.map(({ x }) => (x as number[]).length),
    [100, 100],
  );
  const { xaxis, shapes } = layout as { xaxis: { type: string }; shapes: { x0: number }[] };
  assert.deepEqual([xaxis.type, shapes[0].x0], ["log", curve.suggestion]);
  const page = renderRateCurve(curve, "resface-small <with> softmax");
  assert.ok(page.includes("resface-small &#60;with&#62; softmax"));
  assert.ok(page.includes("where the loss left its course"));
});
