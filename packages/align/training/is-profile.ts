import type { Landmarks } from "@amface/align";

/** How far the nose lies from the middle of eyes and mouth, across the face, over the distance of eyes and mouth. */
const ASIDE = 0.3;

/** Whether a face looks far aside. */
export function isProfile([left, right, nose, leftMouth, rightMouth]: Landmarks): boolean {
  const middle = (axis: 0 | 1) => [(left[axis] + right[axis]) / 2, (leftMouth[axis] + rightMouth[axis]) / 2];
  const [[eyesX, mouthX], [eyesY, mouthY]] = [middle(0), middle(1)];
  const [downX, downY] = [mouthX - eyesX, mouthY - eyesY];
  const [noseX, noseY] = [nose[0] - (eyesX + mouthX) / 2, nose[1] - (eyesY + mouthY) / 2];
  return Math.abs(noseX * downY - noseY * downX) > ASIDE * (downX ** 2 + downY ** 2);
}
