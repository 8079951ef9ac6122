import { faceTemplate } from "@amface/images";
import type { Landmarks, Point } from "./face.ts";
import { UprightWindow } from "./upright-window.ts";

/** Side of the window that L-Net sees, in pixels. */
export const LANDMARK_WINDOW = 48;
/** Where the five points of an upright face lie in it: as in a crop of 62×62, cut from all sides. */
const CROP = 62;
const TEMPLATE = faceTemplate({ height: CROP, width: CROP }).map(([x, y]): Point => [x - 7, y - 16]);

/**
 * A face turned upright and scaled by what is known of its landmarks, for L-Net to place them better: what is left to
 * find are small distances from a mean face, whatever the roll and the size.
 */
export class LandmarkWindow extends UprightWindow {
  /** @param landmarks Where the points are about. @throws {RangeError} When all of them are the same. */
  constructor(landmarks: Landmarks) {
    super(landmarks, TEMPLATE, LANDMARK_WINDOW);
  }

  /** What L-Net is to say of `landmarks`: five x and five y, as shares of the window from the mean face's points. */
  distancesOf(landmarks: Landmarks): number[] {
    const points = landmarks.map((point) => this.toWindow(point));
    const share = (axis: 0 | 1) =>
      points.map((point, i) => (point[axis] - TEMPLATE[i][axis]) / LANDMARK_WINDOW);
    return [...share(0), ...share(1)];
  }

  /** The landmarks in the photo that L-Net's distances stand for. */
  landmarksAt(distances: ArrayLike<number>): Landmarks {
    const at = (i: number) =>
      this.toPhoto(
        TEMPLATE[i][0] + distances[i] * LANDMARK_WINDOW,
        TEMPLATE[i][1] + distances[5 + i] * LANDMARK_WINDOW,
      );
    return [at(0), at(1), at(2), at(3), at(4)];
  }
}
