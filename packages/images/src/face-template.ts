/** x (to the right) and y (downwards) in pixels. */
export type Point = readonly [number, number];

/**
 * Left eye, right eye, nose, left and right mouth corner, as the viewer sees them: the left eye is the one
 * with the smaller x. Pixels, counted from 0.
 */
export type Landmarks = readonly [Point, Point, Point, Point, Point];

/** Height and width of a crop in pixels. */
export interface CropSize {
  height: number;
  width: number;
}

/** The size that `FACE_TEMPLATE` is made for. */
export const CROP_SIZE: Readonly<CropSize> = { height: 112, width: 96 };

/** Where the five landmarks of an aligned face lie in a crop 112 pixels high and 96 wide. */
export const FACE_TEMPLATE: Landmarks = [
  [30.2946, 51.6963],
  [65.5318, 51.5014],
  [48.0252, 71.7366],
  [33.5493, 92.3655],
  [62.7299, 92.2041],
];

/**
 * The template for a crop of another size: scaled until it fits, and centred. 112×112 thus gets the same
 * face, 8 pixels further to the right.
 *
 * @throws {RangeError} When the size is not of whole, positive numbers.
 */
export function faceTemplate({ height, width }: CropSize): Landmarks {
  checkCropSize({ height, width });
  const scale = Math.min(height / CROP_SIZE.height, width / CROP_SIZE.width);
  const left = (width - CROP_SIZE.width * scale) / 2;
  const top = (height - CROP_SIZE.height * scale) / 2;
  const place = (i: number) =>
    [FACE_TEMPLATE[i][0] * scale + left, FACE_TEMPLATE[i][1] * scale + top] as const;
  return [place(0), place(1), place(2), place(3), place(4)];
}

export function checkCropSize({ height, width }: CropSize): void {
  if (![height, width].every((side) => Number.isInteger(side) && side > 0 && side <= 4096)) {
    throw new RangeError(
      `Cannot align faces: expected crops of 1 to 4096 whole pixels in height and width, got ${height}x${width}`,
    );
  }
}
