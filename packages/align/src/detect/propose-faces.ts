import type { RgbImage } from "@amface/images";
import type { FaceNets, ProposalMap } from "../nets/face-nets.ts";
import { PNET_STRIDE, PNET_WINDOW } from "../nets/pnet-grid.ts";
import type { AreaResampler } from "../warp/resample-area.ts";
import type { Box } from "./boxes.ts";
import { faceScore } from "./score.ts";
import { answerOf, type Steps } from "./steps.ts";
import { suppress } from "./suppress.ts";

/** Pixels of a level that go through P-Net at once: bounds memory, and larger pieces are no faster. */
const STRIP_PIXELS = 256 * 1024;

/**
 * The factors by which a photo is resized so that P-Net's window of 12 pixels covers faces from `minSize`
 * up to the photo's shorter side.
 */
export function pyramidScales(width: number, height: number, minSize: number, factor: number): number[] {
  const base = PNET_WINDOW / minSize;
  const scales: number[] = [];
  for (let side = Math.min(width, height) * base; side >= PNET_WINDOW; side *= factor) {
    scales.push(base * factor ** scales.length);
  }
  return scales;
}

/**
 * The first stage on one level: resizes the photo (to 8-bit grey levels, sides rounded up), runs P-Net over
 * it and keeps the windows whose score reaches the threshold, after a union suppression at 0.5.
 */
export function* proposeFaces(
  nets: FaceNets,
  image: RgbImage,
  resampler: AreaResampler,
  scale: number,
  threshold: number,
): Steps<Box[]> {
  const width = Math.ceil(image.width * scale);
  const height = Math.ceil(image.height * scale);
  const whole = { left: 0, top: 0, width: image.width, height: image.height };
  const boxes: Box[] = [];
  for (const [begin, end] of strips(width, height)) {
    const pixels = new Float32Array(3 * (end - begin) * width);
    resampler.resample(whole, { width, height, round: true, rows: [begin, end] }, pixels);
    const seen = yield* answerOf(nets.propose(pixels, end - begin, width));
    collect(seen, begin / PNET_STRIDE, scale, threshold, boxes);
  }
  return suppress(boxes, 0.5, "union");
}

/**
 * Cuts a level into strips of rows that P-Net can look at one by one with the same result: each begins at
 * an even row, where a pooling window begins, and shares ten rows with the next.
 */
export function* strips(width: number, height: number): Generator<readonly [begin: number, end: number]> {
  const overlap = PNET_WINDOW - PNET_STRIDE;
  const rows = Math.max(PNET_STRIDE, Math.floor(STRIP_PIXELS / width / PNET_STRIDE) * PNET_STRIDE - overlap);
  let begin = 0;
  while (height - begin > rows + 2 * overlap) {
    yield [begin, begin + rows + overlap];
    begin += rows;
  }
  yield [begin, height];
}

/** Adds a box for every place of the map that reaches the threshold: `fix((2·place + 1) / scale)` to `fix((2·place + 12) / scale)`. */
function collect(
  { map, mapHeight, mapWidth }: ProposalMap,
  firstRow: number,
  scale: number,
  threshold: number,
  boxes: Box[],
): void {
  const plane = mapHeight * mapWidth;
  // Nearly all places are far below the threshold: the difference of their logits tells without an exponential.
  const least = Math.log(threshold / (1 - threshold)) - 1e-3;
  const corner = (place: number, reach: number) => Math.trunc((PNET_STRIDE * place + reach) / scale);
  for (let x = 0; x < mapWidth; x++) {
    for (let y = 0; y < mapHeight; y++) {
      const i = y * mapWidth + x;
      if (map[plane + i] - map[i] < least) continue;
      const score = faceScore(map[i], map[plane + i]);
      if (score < threshold) continue;
      boxes.push({
        x1: corner(x, 1),
        y1: corner(firstRow + y, 1),
        x2: corner(x, PNET_WINDOW),
        y2: corner(firstRow + y, PNET_WINDOW),
        score,
        offsets: [map[2 * plane + i], map[3 * plane + i], map[4 * plane + i], map[5 * plane + i]],
      });
    }
  }
}
