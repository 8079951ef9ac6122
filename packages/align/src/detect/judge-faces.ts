import type { FaceNets } from "../nets/face-nets.ts";
import type { Face } from "../warp/face.ts";
import type { AreaResampler } from "../warp/resample-area.ts";
import { faceScore, logitOf } from "./score.ts";
import { refineTwice } from "./second-look.ts";
import type { Steps } from "./steps.ts";

/** Scores of O-Net from which nothing is left to judge. */
const SURE = 0.97;
/** What a threshold is multiplied by for faces that are still to be judged: R-Net may raise their scores. */
export const UNJUDGED = 0.21;
/** R-Net's logits above this say no more. */
const MOST = 8;
/**
 * O-Net's logit and R-Net's at a second look to one logit: weights by logistic regression on the photos with hand-placed points
 * that nets are trained on (a face is what MTCNN knows as one); the last so that the usual threshold of 0.7 leaves on these
 * photos half the boxes that MTCNN has not.
 */
const WEIGHTS = { output: 0.71, refined: 0.73, bias: -2.9 };

/**
 * The face that is left where none holds up: the photo's only one shall not be lost for a doubt. Least score, and least side of
 * the box beside the photo's shorter one.
 */
const ONLY = { score: 0.8, share: 0.25 };

/**
 * Judges the faces of which O-Net is not sure once more, by R-Net's second look (`refineTwice`): the two nets err in
 * different places. Their scores become those of both. Where no face would be left, the best that is large stays.
 *
 * @param photo The faces' photo, `shorter` its shorter side in pixels.
 * @param faces By falling score of O-Net, `UNJUDGED` of the threshold or more.
 * @param threshold What scores must exceed, 0..1.
 * @returns Faces by falling score.
 */
export function* judgeFaces(
  nets: FaceNets,
  photo: AreaResampler,
  faces: readonly Face[],
  { threshold, shorter }: { readonly threshold: number; readonly shorter: number },
): Steps<Face[]> {
  const judged: Face[] = [];
  for (const face of faces) {
    const score = face.score > SURE ? face.score : yield* scoreOfBoth(nets, photo, face);
    judged.push({ ...face, score });
  }
  const passed = judged.filter(({ score }) => score > threshold);
  if (passed.length > 0) return passed.sort((a, b) => b.score - a.score);
  const least = Math.max(ONLY.score, threshold);
  const only = faces.findIndex(({ score, box }) => score > least && sideOf(box) >= ONLY.share * shorter);
  return only < 0 ? [] : [judged[only]];
}

const sideOf = ([x1, y1, x2, y2]: Face["box"]) => Math.max(x2 - x1, y2 - y1);

function* scoreOfBoth(nets: FaceNets, photo: AreaResampler, { score, landmarks }: Face): Steps<number> {
  const refined = Math.min(MOST, yield* refineTwice(nets, photo, landmarks));
  return faceScore(0, WEIGHTS.output * logitOf(score) + WEIGHTS.refined * refined + WEIGHTS.bias);
}
