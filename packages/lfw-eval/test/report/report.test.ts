import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bootstrap,
  compareModels,
  detFigure,
  distanceFigure,
  evaluate,
  lossFigure,
  medianThreshold,
  type ReportData,
  renderReport,
  rocFigure,
  subgroupRates,
  worstPairs,
} from "../../src/mod.ts";
import { labels, randomDistances } from "../seeded.ts";

const issame = labels(5, 20);
const distances = randomDistances(issame, 0.4, 2);
const evaluation = evaluate(distances, issame, { folds: 5 });
const MINIMAL: ReportData = { title: "A run", result: { name: "net", evaluation } };
const FULL: ReportData = {
  ...MINIMAL,
  summary: "Twenty steps.",
  result: { name: "net", evaluation, table: { distances, issame } },
  baselines: [{ name: "untrained", evaluation, table: { distances, issame } }],
  loss: [
    { step: 1, loss: 20 },
    { step: 2, loss: 12.5 },
  ],
  worstPairs: [
    {
      a: { name: "Ann/1.png", bytes: Uint8Array.of(0x89, 0x50) },
      b: { name: "Bob/1.jpg", bytes: Uint8Array.of(0xff, 0xd8) },
      same: false,
      distance: 0.75,
    },
  ],
  details: { seed: 7 },
};

/** The page without the text of plotly.js. */
function ownPart(page: string): string {
  return page.replace(/<script>[\s\S]*?<\/script>/g, (script) => (script.length > 500_000 ? "" : script));
}

test("renderReport() shows accuracy, folds, pictures and settings in numbers and charts", () => {
  const page = ownPart(renderReport(FULL));
  const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
  assert.ok(page.includes(`${percent(evaluation.accuracy.mean)} ± ${percent(evaluation.accuracy.std)}`));
  for (const { threshold } of evaluation.folds) assert.ok(page.includes(`>${threshold.toFixed(2)}</td>`));
  for (const heading of ["Accuracy", "ROC", "Distances", "Folds", "Training", "Worst pairs", "Details"]) {
    assert.ok(page.includes(`<h2>${heading}</h2>`), heading);
  }
  assert.ok(page.includes("data:image/png;base64,iVA=") && page.includes("data:image/jpeg;base64,/9g="));
  assert.ok(page.includes("different people, distance 0.75"));
  assert.ok(page.includes("Loss 20.00 at step 1, 12.50 at step 2."));
  assert.equal(page.match(/class="chart"/g)?.length, 4);
});

test("renderReport() leaves out what it has no data for, and plotly.js where nothing is drawn", () => {
  const page = renderReport(MINIMAL);
  for (const heading of ["Distances", "Training", "Worst pairs", "Details"]) {
    assert.ok(!page.includes(`<h2>${heading}</h2>`), heading);
  }
  assert.ok(!page.includes("<script>"));
  assert.ok(page.length < 10_000);
});

test("renderReport() refers to nothing outside the page", () => {
  const page = renderReport(FULL);
  assert.ok(page.includes("Content-Security-Policy") && page.includes("default-src &#39;none&#39;"));
  assert.doesNotMatch(ownPart(page), /https?:|\/\/[a-z]|<link|@import|url\(/);
  for (const [, source] of ownPart(page).matchAll(/(?:src|href)="([^"]*)"/g))
    assert.match(source, /^data:image\//);
});

test("renderReport() escapes every name that it is given", () => {
  const evil = `</script><img src=x onerror="alert('1')">&`;
  const page = renderReport({
    title: evil,
    summary: evil,
    result: { name: evil, evaluation, table: { distances, issame } },
    baselines: [{ name: evil, evaluation }],
    worstPairs: [{ ...FULL.worstPairs![0], a: { name: evil, bytes: Uint8Array.of(1) } }],
    details: { [evil]: evil },
  });
  assert.ok(!page.includes("<img src=x") && !page.includes(`onerror="`));
  assert.equal(page.match(/<\/script>/g)?.length, 3); // the slider, plotly.js and the charts: none of the names
  assert.ok(page.includes("&#60;/script&#62;&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;"));
});

test("rocFigure() draws each model's exact curve from its smallest measurable FAR to 1", () => {
  const figure = rocFigure([{ name: "<b>", distances: [1, 2, 3, 4], issame: [true, false, true, false] }]);
  const [{ name, x, y }] = figure.data as { name: string; x: number[]; y: number[] }[];
  assert.equal(name, "&#60;b&#62;");
  // Exact points: (0, 1/2), (1/2, 1/2), (1/2, 1), (1, 1), the first drawn at FAR 1/2.
  assert.deepEqual(
    [x, y],
    [
      [0.5, 0.5, 0.5, 1],
      [0.5, 0.5, 1, 1],
    ],
  );
});

test("detFigure() ends where no same pair is rejected, and a band lies around its curve", () => {
  const table = { distances, issame };
  const intervals = bootstrap(table, { replicates: 100 });
  const [low, high, curve] = detFigure([{ name: "net", ...table, bootstrap: intervals }]).data as {
    x: number[];
    y: (number | null)[];
    fill?: string;
  }[];
  assert.equal(high.fill, "tonexty");
  assert.deepEqual(low.x, high.x);
  assert.ok(low.y.every((value, i) => value! >= high.y[i]!)); // fewer accepts are more rejects
  assert.equal(curve.y.at(-1), null);
  assert.ok(curve.y.slice(0, 3).every((value) => value !== null && value > 0));
});

test("renderReport() tells comparison, groups, label errors, landmarks and alignment", () => {
  const photos = issame.map((_, p) => [`Ann/${p}.png`, "Bob/1.png"] as const);
  const table = { distances, issame, photos, identities: photos };
  const result = { name: "net", evaluation, table, bootstrap: bootstrap(table, { replicates: 100 }) };
  const landmarks = { points: [[10, 20]], width: 96, height: 112 } as const;
  const [pair] = FULL.worstPairs!;
  const page = ownPart(
    renderReport({
      ...FULL,
      result,
      comparison: {
        name: "other.csv",
        ...compareModels(table, { ...table, distances: distances.map((d) => 4 - d) }),
      },
      subgroups: { age: subgroupRates(table, () => "young <30", 1.5, evaluation.tarAtFar) },
      worstPairs: [{ ...pair, a: { ...pair.a, landmarks }, labelError: true }],
      qualities: [{ name: "eye distance", largerIsBetter: true, of: (photo) => photo.length }],
    }),
  );
  for (const text of [
    "This model is better",
    "<h3>age</h3>",
    "young &#60;30",
    "TAR at FAR 0.1</th>",
    "known label error",
    "(false accept)",
    '<circle cx="10.5" cy="20.5"',
    "<h3>eye distance</h3>",
    "100 resamples of people",
  ]) {
    assert.ok(page.includes(text), text);
  }
});

test("renderReport() gives the counts at the threshold also without JavaScript", () => {
  const page = renderReport(FULL).replace(/<script>[\s\S]*?<\/script>/g, "");
  const threshold = medianThreshold(evaluation);
  const accepted = issame.filter((same, p) => same && distances[p] < threshold).length;
  assert.ok(page.includes(`id="same-accepted">${accepted}</td>`));
  assert.ok(page.includes(`id="threshold-value">${threshold.toFixed(2)}</output>`));
});

test("distanceFigure() counts every pair in one bar", () => {
  const bars = distanceFigure(distances, issame, 1.5).data as { y: number[]; name: string }[];
  assert.deepEqual(
    bars.map(({ y }) => y.reduce((sum, count) => sum + count, 0)),
    [100, 100],
  );
});

test("lossFigure() draws a point a step", () => {
  const [{ x, y }] = lossFigure(FULL.loss!).data as { x: number[]; y: number[] }[];
  assert.deepEqual(
    [x, y],
    [
      [1, 2],
      [20, 12.5],
    ],
  );
});

test("worstPairs() of one class leaves the other out", () => {
  const table = { distances: Float64Array.of(0.5, 1.8, 0.2, 1.1), issame: [true, true, false, false] };
  assert.deepEqual(worstPairs(table, 1, 3, true), [1, 0]);
  assert.deepEqual(worstPairs(table, 1, 1, false), [2]);
});

test("worstPairs() begins with the pair that is farthest on the wrong side", () => {
  const table = { distances: Float64Array.of(0.5, 1.8, 0.2, 1.1), issame: [true, true, false, false] };
  assert.deepEqual(worstPairs(table, 1, 3), [1, 2, 3]);
});
