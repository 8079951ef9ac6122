import { Detector, type DetectorParts } from "../src/nets/detector.ts";
import { onetModel, pnetModel, rnetModel } from "../src/nets/mtcnn-nets.ts";
import { NetWeights } from "../src/nets/mtcnn-weights.ts";

/** Weights of zeros in whatever shape is asked for: nets that are undecided about every window. */
class ZeroWeights extends NetWeights {
  constructor() {
    super("zeros", new Map());
  }

  override get(_layer: string, _parameter: string, shape: readonly number[]): Float32Array {
    return new Float32Array(shape.reduce((size, dim) => size * dim, 1));
  }
}

const zeros = new ZeroWeights();
const parts = (weightsSha256: string): DetectorParts => ({
  name: "mtcnn",
  weightsSha256,
  models: [pnetModel(zeros), rnetModel(zeros), onetModel(zeros)],
});

/** The three real nets with weights of zero: finds no face at all. */
export function blindDetector(): Detector {
  return new Detector(parts("zeros"), 1);
}

/**
 * Finds one face in the upper left corner of every photo: P-Net fires at the first place of every map with
 * a score that falls with the map's size, R- and O-Net agree with whatever they see, and the landmarks are
 * at set fractions of the box.
 */
export class CornerDetector extends Detector {
  /** Sizes of the levels that P-Net saw. */
  readonly levels: string[] = [];

  constructor() {
    super(parts("corner"), 1);
  }

  override propose(images: Float32Array, height: number, width: number) {
    this.levels.push(`${height}x${width}`);
    const seen = super.propose(images, height, width);
    seen.map[seen.mapHeight * seen.mapWidth] = 3 - width / 1000;
    return seen;
  }

  override refine(images: Float32Array, count: number): Float32Array {
    const result = super.refine(images, count);
    for (let i = 0; i < count; i++) result.set([0, 4, 0.1, 0, 0.1, 0], i * 6);
    return result;
  }

  override output(images: Float32Array, count: number): Float32Array {
    const result = super.output(images, count);
    const row = [0, 5, 0, 0, 0.5, 0.25, 0.2, 0.8, 0.5, 0.3, 0.7, 0.3, 0.3, 0.5, 0.75, 0.75];
    for (let i = 0; i < count; i++) result.set(row, i * 16);
    return result;
  }
}
