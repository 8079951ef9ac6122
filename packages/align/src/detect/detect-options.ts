export interface DetectOptions {
  /** Side of the smallest face that is looked for, in pixels (default 20). */
  minSize?: number;
  /** Least scores for P-, R- and O-Net, 0..1 (default 0.6, 0.7, 0.7). */
  thresholds?: readonly [number, number, number];
  /** Ratio of one level of the image pyramid to the one before, between 0 and 1 (default 0.709). */
  scaleFactor?: number;
  /** Do not look again at a photo in which no face is found (default false; with MTCNN's weights nobody does). */
  lookOnce?: boolean;
}

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} When a value makes no sense.
 */
export function checkDetectOptions(options: DetectOptions = {}): Required<DetectOptions> {
  const { minSize = 20, thresholds = [0.6, 0.7, 0.7], scaleFactor = 0.709, lookOnce = false } = options;
  if (!(Number.isFinite(minSize) && minSize >= 1)) {
    throw new RangeError(`Cannot detect faces: expected minSize of at least 1 pixel, got ${minSize}`);
  }
  if (!(thresholds.length === 3 && thresholds.every((t) => t >= 0 && t <= 1))) {
    throw new RangeError(`Cannot detect faces: expected three thresholds in 0..1, got ${thresholds}`);
  }
  if (!(scaleFactor > 0 && scaleFactor < 1)) {
    throw new RangeError(
      `Cannot detect faces: expected scaleFactor between 0 and 1 (both excluded), got ${scaleFactor}`,
    );
  }
  return { minSize, thresholds, scaleFactor, lookOnce };
}
