/**
 * Copies of a folder of crops that are harder to tell apart, for `amface eval`: faces behind drawn masks, and crops that
 * had fewer pixels once.
 *
 *     bun bench/embedder/hard-crops.ts --input-dir crops --output-dir hard --seed 1
 *     amface eval --model M --lfw-dir hard/masked --lfw-pairs pairs.txt
 *
 * Drawn apart from training's `maskProb` and `lowResAugmentationProb`, so that a net that learned with those has not seen
 * these: one shape of plain colour drawn by librsvg, two straight dark folds, strings from the upper corners alone; shrunk
 * by sharp's cubic kernel to an exact half and quarter.
 */
import { cp } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { faceTemplate, type Point } from "@amface/align";
import { identityFolder, Random } from "@amface/data";
import { type RgbImage, readImage, writePng } from "@amface/images";
import sharp, { type Sharp } from "sharp";

const { values } = parseArgs({
  options: {
    "input-dir": { type: "string", default: "crops" },
    "output-dir": { type: "string", default: "hard" },
    seed: { type: "string", default: "1" },
  },
});

const COLOURS = ["#f4f6f8", "#9cc3dd", "#6f9fc4", "#2b2b2e", "#1d2a44", "#d9c7b4"];

const KINDS: Readonly<Record<string, (crop: RgbImage, random: Random) => Promise<RgbImage>>> = {
  masked: (crop, random) => drawMask(crop, random),
  half: (crop) => shrinkAndEnlarge(crop, 1 / 2),
  quarter: (crop) => shrinkAndEnlarge(crop, 1 / 4),
};

/** A mask over nose, mouth and chin by the landmarks that all crops of a size share, with its folds and strings. */
async function drawMask(crop: RgbImage, random: Random): Promise<RgbImage> {
  const { width, height } = crop;
  const [left, right, nose, ...mouth] = faceTemplate({ width, height });
  const eyes = right[0] - left[0];
  const jitter = () => random.uniform(-0.06, 0.06) * eyes;
  const at = ([x, y]: Point, dx: number, dy: number) =>
    `${x + dx * eyes + jitter()} ${y + dy * eyes + jitter()}`;
  const bridge = between(nose, between(left, right, 0.5), 0.45);
  const chin = between(mouth[0], mouth[1], 0.5);
  const top = [at(left, -0.42, 0.55), at(bridge, 0, -0.1), at(right, 0.42, 0.55)];
  const bottom = [at(mouth[1], 0.5, 0.35), at(chin, 0, 0.85), at(mouth[0], -0.5, 0.35)];
  const colour = random.pick(COLOURS);
  const folds = [0.25, 0.5].map(
    (down) => `M ${at(mouth[0], -0.4, down - 0.4)} L ${at(mouth[1], 0.4, down - 0.4)}`,
  );
  const strings = `M ${top[0]} L ${at(left, -1, 0.3)} M ${top[2]} L ${at(right, 1, 0.3)}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <path d="M ${top[0]} Q ${top[1]} ${top[2]} L ${bottom[0]} Q ${bottom[1]} ${bottom[2]} Z" fill="${colour}"/>
    <path d="${folds.join(" ")}" stroke="#00000040" fill="none"/>
    <path d="${strings}" stroke="${colour}" stroke-width="1.5" fill="none"/></svg>`;
  return pixels(open(crop).composite([{ input: Buffer.from(svg) }]), crop);
}

/** As from a camera that had so many fewer pixels a side. */
async function shrinkAndEnlarge(crop: RgbImage, share: number): Promise<RgbImage> {
  const [width, height] = [crop.width, crop.height].map((side) => Math.round(side * share));
  const small = await pixels(open(crop).resize(width, height, { fit: "fill", kernel: "cubic" }), {
    width,
    height,
  });
  const { width: W, height: H } = crop;
  return pixels(open(small).resize(W, H, { fit: "fill", kernel: "cubic" }), crop);
}

const between = ([ax, ay]: Point, [bx, by]: Point, share: number): Point => [
  ax + share * (bx - ax),
  ay + share * (by - ay),
];

const open = ({ data, width, height }: RgbImage) => sharp(data, { raw: { width, height, channels: 3 } });

async function pixels(
  image: Sharp,
  { width, height }: Pick<RgbImage, "width" | "height">,
): Promise<RgbImage> {
  return { data: new Uint8Array(await image.removeAlpha().raw().toBuffer()), width, height };
}

const [from, to] = [values["input-dir"], values["output-dir"]];
const photos = (await (await identityFolder(from)).list()).map(({ path }) => path);
for (const [kind, change] of Object.entries(KINDS)) {
  for (const path of photos) {
    const name = relative(from, path);
    const changed = await change(await readImage(path), new Random(name, Number(values.seed)));
    await writePng(join(to, kind, name), changed, { sync: false });
  }
  await cp(join(from, "alignment.json"), join(to, kind, "alignment.json"));
  console.log(`${photos.length} crops in ${join(to, kind)}`);
}
