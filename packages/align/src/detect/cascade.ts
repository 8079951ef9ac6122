import type { RgbImage } from "@amface/images";
import type { FaceNets } from "../nets/face-nets.ts";
import type { Face, Landmarks, Point } from "../warp/face.ts";
import type { AreaResampler } from "../warp/resample-area.ts";
import { type Box, boxWindow, regressBox, regressProposal, squareBox, truncateBox } from "./boxes.ts";
import type { DetectOptions } from "./detect-options.ts";
import { proposeFaces, pyramidScales } from "./propose-faces.ts";
import { faceScore } from "./score.ts";
import { answerOf, type Steps } from "./steps.ts";
import { suppress } from "./suppress.ts";

/** What the cascade goes by. */
export interface CascadeOptions
  extends Required<Pick<DetectOptions, "minSize" | "thresholds" | "scaleFactor">> {
  /** Boxes that a stage passes on at most, those of the highest scores; all where left out. */
  readonly most?: number;
}

/** Candidates that go through R- or O-Net at once: bounds memory. */
const BATCH = 64;

/**
 * Finds the faces of a photo by MTCNN's cascade (Zhang et al. 2016, arXiv:1604.02878), step by step as
 * facenet's pipeline does.
 *
 * @param photo The same as `image`.
 * @returns Faces by falling score; none where none is found.
 */
export function* cascade(
  nets: FaceNets,
  image: RgbImage,
  photo: AreaResampler,
  options: CascadeOptions,
): Steps<Face[]> {
  const [, second, third] = options.thresholds;
  const { most = Number.POSITIVE_INFINITY } = options;
  const candidates = (yield* propose(nets, image, photo, options)).slice(0, most);
  const refined = (yield* refine(nets, photo, candidates, second)).slice(0, most);
  return yield* output(nets, photo, refined, third);
}

/** The first stage: P-Net's windows on all levels, moved and made square, for R-Net to judge. */
export function* propose(
  nets: FaceNets,
  image: RgbImage,
  photo: AreaResampler,
  { minSize, thresholds, scaleFactor }: CascadeOptions,
): Steps<Box[]> {
  const proposals: Box[] = [];
  for (const scale of pyramidScales(image.width, image.height, minSize, scaleFactor)) {
    for (const box of yield* proposeFaces(nets, image, photo, scale, thresholds[0])) proposals.push(box);
  }
  return suppress(proposals, 0.7, "union").map((box) => truncateBox(squareBox(regressProposal(box))));
}

/** The second stage: R-Net judges and moves the candidates, and makes them square. */
export function* refine(
  nets: FaceNets,
  photo: AreaResampler,
  candidates: readonly Box[],
  threshold: number,
): Steps<Box[]> {
  const judged = yield* judge(photo, candidates, 24, (pixels, count) => nets.refine(pixels, count));
  const passed = judged.filter(({ score }) => score > threshold);
  return suppress(passed, 0.7, "union").map((box) => squareBox(regressBox(box)));
}

/** The third stage: O-Net judges and moves what is left, and places the landmarks. */
function* output(
  nets: FaceNets,
  photo: AreaResampler,
  refined: readonly Box[],
  threshold: number,
): Steps<Face[]> {
  const passed = (yield* judgeRefined(nets, photo, refined))
    .filter(({ score }) => score > threshold)
    .map((box) => ({ ...regressBox(box), landmarks: landmarksOf(box) }));
  return suppress(passed, 0.7, "min").map(({ x1, y1, x2, y2, score, landmarks }) => ({
    box: [x1, y1, x2, y2],
    score,
    landmarks,
  }));
}

/** What O-Net makes of each box that the second stage lets through. */
export function judgeRefined(
  nets: FaceNets,
  photo: AreaResampler,
  refined: readonly Box[],
): Steps<JudgedBox[]> {
  return judge(photo, refined.map(truncateBox), 48, (pixels, count) => nets.output(pixels, count));
}

type JudgedBox = Box & { row: Float32Array };

/** Crops candidates to `size` × `size` and runs a net over them. Boxes without any area are dropped. */
function* judge(
  photo: AreaResampler,
  boxes: readonly Box[],
  size: number,
  net: (pixels: Float32Array, count: number) => Float32Array | PromiseLike<Float32Array>,
): Steps<JudgedBox[]> {
  const judged: JudgedBox[] = [];
  const real = boxes.filter(({ x1, y1, x2, y2 }) => x2 >= x1 && y2 >= y1);
  for (let begin = 0; begin < real.length; begin += BATCH) {
    const batch = real.slice(begin, begin + BATCH);
    const pixels = new Float32Array(batch.length * 3 * size * size);
    batch.forEach((box, i) => {
      photo.resample(
        boxWindow(box),
        { width: size, height: size, round: false },
        pixels,
        i * 3 * size * size,
      );
    });
    const result = yield* answerOf(net(pixels, batch.length));
    const columns = result.length / batch.length;
    batch.forEach((box, i) => {
      const row = result.subarray(i * columns, (i + 1) * columns);
      judged.push({
        ...box,
        score: faceScore(row[0], row[1]),
        offsets: [row[2], row[3], row[4], row[5]],
        row,
      });
    });
  }
  return judged;
}

/**
 * Landmarks from O-Net's fractions of the box before it is moved: `fraction · side + corner - 1` with the
 * side `x2 - x1 + 1`, which counts pixels from 0.
 */
function landmarksOf({ x1, y1, x2, y2, row }: JudgedBox): Landmarks {
  const point = (i: number): Point => [
    row[6 + i] * (x2 - x1 + 1) + x1 - 1,
    row[11 + i] * (y2 - y1 + 1) + y1 - 1,
  ];
  return [point(0), point(1), point(2), point(3), point(4)];
}
