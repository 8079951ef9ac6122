/**
 * Draws the picture of the README: a generated photo with the faces that the detector finds, pairs of crops with what the net of `npm start` says
 * of them, and the distances of all pairs that it was tested on.
 *
 *     bun scripts/readme-picture.ts runs/demo docs/amface.png
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { detectFaces, type Face, loadDetector } from "@amface/align";
import { renderScene } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import { encodePng } from "@amface/images";
import { distanceFigure, evaluate, medianThreshold, readDistances } from "@amface/lfw-eval";
import { figurePng } from "@amface/notebook";
import sharp from "sharp";

const [demo, output] = process.argv.slice(2);
const WIDTH = 1280;
const HEIGHT = 400;
const FONT = `font-family="DejaVu Sans, sans-serif"`;

const { distances, issame, folds, photos } = await readDistances(join(demo, "distances.csv"));
const evaluation = evaluate(distances, issame, { folds });
const threshold = medianThreshold(evaluation);

const parts = [{ input: Buffer.from(captions()), left: 0, top: 0 }, await scene(), ...(await verdicts())];
const figure = distanceFigure(distances, issame, threshold);
const chart = { width: 420, height: 330 };
const layout = {
  ...figure.layout,
  title: undefined,
  legend: { x: 0.62, y: 0.99 },
  margin: { l: 50, r: 10, t: 30, b: 45 },
};
parts.push({
  input: await figurePng({ ...figure, layout }, { ...chart, scale: 1 }),
  left: WIDTH - chart.width - 5,
  top: 60,
});
const picture = sharp({
  create: { width: WIDTH, height: HEIGHT, channels: 3, background: "white" },
}).composite(parts);
await writeFileAtomic(output, await picture.png({ palette: true, compressionLevel: 9 }).toBuffer());
console.log(
  `${output}: accuracy ${(100 * evaluation.accuracy.mean).toFixed(1)} %, threshold ${threshold.toFixed(2)}`,
);

function captions(): string {
  const accuracy = `${(100 * evaluation.accuracy.mean).toFixed(1)} % of ${issame.length} pairs right`;
  const text = [
    [10, "Photo → faces, five landmarks each"],
    [455, "Crops → same person or not"],
    [860, `Protocol → ${accuracy}`],
  ];
  const lines = text.map(
    ([x, label]) => `<text x="${x}" y="34" ${FONT} font-size="19" font-weight="bold">${label}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${lines.join("")}</svg>`;
}

async function scene() {
  const { image } = renderScene(20, {
    width: 430,
    height: 330,
    faces: 4,
    faceHeight: [80, 150],
    seed: 1,
  });
  const detector = await loadDetector();
  const marks = detectFaces(detector, image).map(mark);
  detector.dispose();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${image.width}" height="${image.height}">${marks.join("")}</svg>`;
  const input = await sharp(await encodePng(image))
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
  return { input, left: 10, top: 55 };
}

function mark({ box: [x1, y1, x2, y2], landmarks }: Face): string {
  const dots = landmarks.map(
    ([x, y]) => `<circle cx="${x}" cy="${y}" r="2.5" fill="#00e676" stroke="black" stroke-width="0.7"/>`,
  );
  return `<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="none" stroke="#00e676" stroke-width="2"/>${dots.join("")}`;
}

/** The first pair of one person and of two in every second fold, whatever the net makes of them. */
async function verdicts() {
  const test = join(demo, (await readdir(demo)).find((name) => name.startsWith("people-120"))!);
  const crops = join(test, (await readdir(test)).find((name) => name.startsWith("crops-"))!);
  const shown = [1, 3, 5, 7].flatMap((fold) =>
    [true, false].map((same) => issame.findIndex((is, p) => is === same && folds?.[p] === fold)),
  );
  const layers: { input: Buffer; left: number; top: number }[] = [];
  for (const [i, p] of shown.entries()) {
    const [left, top] = [455 + 200 * (i % 2), 55 + 84 * Math.floor(i / 2)];
    for (const [side, photo] of photos![p].entries()) {
      const input = await sharp(join(crops, photo)).resize(66, 77).png().toBuffer();
      layers.push({ input, left: left + 70 * side, top });
    }
    const says = distances[p] < threshold;
    const colour = says === issame[p] ? "#2e7d32" : "#c62828";
    const lines = [says ? "same" : "other", distances[p].toFixed(2)].map(
      (line, n) => `<text x="0" y="${20 + 20 * n}" ${FONT} font-size="15" fill="${colour}">${line}</text>`,
    );
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="56" height="60">${lines.join("")}</svg>`;
    layers.push({ input: Buffer.from(svg), left: left + 142, top: top + 8 });
  }
  return layers;
}
