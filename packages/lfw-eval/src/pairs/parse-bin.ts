import { NUMPY_GLOBALS, readPickle } from "@amface/numpy";
import type { LocatedPair } from "./locate-among.ts";
import { PairsError } from "./pairs.ts";

/** A verification set of insightface: encoded crops, two for each pair. */
export interface BinSet {
  /** JPEG or PNG files, `2P` of them; pair `p` is of `2p` and `2p + 1`. */
  readonly images: readonly Uint8Array[];
  /** In ten folds of consecutive pairs. */
  readonly pairs: readonly LocatedPair[];
}

/**
 * Reads the bytes of a set such as `agedb_30.bin`: a pickle of encoded images and of labels. Nothing in it is run.
 *
 * @param file What error messages call it.
 * @throws {PairsError} When it holds something else.
 * @throws {PickleError} When it is damaged or asks for more than plain data.
 */
export function parseBin(bytes: Uint8Array, file = "pairs.bin"): BinSet {
  const content = readPickle(bytes, 0, NUMPY_GLOBALS);
  const fail = (expected: string, got: string): never => {
    throw new PairsError(`Cannot read ${file}: expected ${expected}, got ${got}`);
  };
  const [bins, labels] = Array.isArray(content) && content.length === 2 ? content : [];
  if (!Array.isArray(bins) || !Array.isArray(labels)) {
    return fail("a pickled tuple of a list of images and a list of labels", "something else");
  }
  if (bins.length !== 2 * labels.length || labels.length === 0) {
    fail("two images a label", `${bins.length} images and ${labels.length} labels`);
  }
  const images = bins.map((bin, i) => {
    // Bytes, or an array of uint8 as OpenCV encodes images.
    const image = bin instanceof Uint8Array ? bin : (bin as { data?: unknown } | null)?.data;
    if (image instanceof Uint8Array) return image;
    return fail("bytes of an image", `something else as image ${i}`);
  });
  const wrong = labels.findIndex((label) => ![true, false, 0, 1].includes(label as boolean));
  if (wrong >= 0) fail("labels True and False", `something else as label ${wrong}`);
  return {
    images,
    pairs: labels.map((label, p) => ({
      a: 2 * p,
      b: 2 * p + 1,
      same: Boolean(label),
      fold: Math.floor((10 * p) / labels.length),
    })),
  };
}
