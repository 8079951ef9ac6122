import type { Affine, Landmarks, Point } from "@amface/align";
import type { RgbImage } from "@amface/images";
import type { TrueFace } from "./true-faces.ts";

/** A picture whose faces are known. */
export interface KnownPhoto {
  readonly image: RgbImage;
  readonly faces: readonly TrueFace[];
}

/** Takes faces along where a similarity moved the picture; those with a point outside are not asked for any more. */
export function moveFaces(faces: readonly TrueFace[], matrix: Affine, image: RgbImage): TrueFace[] {
  return faces.map((face) => {
    const landmarks = face.landmarks.map((point) => move(point, matrix)) as unknown as Landmarks;
    const [x1, y1, x2, y2] = face.box;
    const [x, y] = move([(x1 + x2) / 2, (y1 + y2) / 2], matrix);
    const scale = Math.hypot(matrix[0][0], matrix[1][0]);
    const [right, down] = [(scale * (x2 - x1)) / 2, (scale * (y2 - y1)) / 2];
    const isOutside = landmarks.some(([x, y]) => x < 0 || y < 0 || x >= image.width || y >= image.height);
    return {
      landmarks,
      box: [x - right, y - down, x + right, y + down],
      isHidden: face.isHidden || isOutside,
    };
  });
}

export function move([x, y]: Point, [[a, b, c], [d, e, f]]: Affine): Point {
  return [a * x + b * y + c, d * x + e * y + f];
}
