import { elementsOf, NUMPY_GLOBALS, PickledArray, readPickle } from "@amface/numpy";
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
 * Reads the bytes of a set such as `agedb_30.bin`: a pickle of encoded images and of labels, each a list, tuple or
 * array. An image is bytes or an array of uint8 with one axis; a label is a boolean, or a number 0 or 1. Nothing in
 * it is run.
 *
 * @param file What error messages call it.
 * @throws {PairsError} When it holds something else.
 * @throws {PickleError} When it is damaged or asks for more than plain data.
 */
export function parseBin(bytes: Uint8Array, file = "pairs.bin"): BinSet {
  const content = elementsOf(readPickle(bytes, 0, NUMPY_GLOBALS));
  const fail = (expected: string, got: string): never => {
    throw new PairsError(`Cannot read ${file}: expected ${expected}, got ${got}`);
  };
  const [bins, labels] = content?.length === 2 ? [elementsOf(content[0]), elementsOf(content[1])] : [];
  if (!content || !bins || !labels) {
    return fail("a pickled tuple of a list of images and a list of labels", "something else");
  }
  if (!hasOneAxis(content[0])) fail("a list of encoded images", shapeOf(content[0]));
  if (!hasOneAxis(content[1])) fail("a list of labels", shapeOf(content[1]));
  if (bins.length !== 2 * labels.length || labels.length === 0) {
    fail("two images a label", `${bins.length} images and ${labels.length} labels`);
  }
  const images = Array.from(bins, (bin, i) => {
    const image = elementsOf(bin) ?? bin;
    if (!(image instanceof Uint8Array)) return fail("bytes of an image", `something else as image ${i}`);
    if (hasOneAxis(bin)) return image;
    return fail("bytes of an image", `${shapeOf(bin)} as image ${i}; encode its pixels as JPEG or PNG`);
  });
  const answers = Array.from(labels, (label, p) => {
    // An array of int64 has bigints.
    if (label === true || label === 1 || label === 1n) return true;
    if (label === false || label === 0 || label === 0n) return false;
    const got = typeof label === "number" || typeof label === "bigint" ? label : "something else";
    return fail("labels True and False, or 1 and 0", `${got} as label ${p}`);
  });
  return {
    images,
    pairs: answers.map((same, p) => ({
      a: 2 * p,
      b: 2 * p + 1,
      same,
      fold: Math.floor((10 * p) / labels.length),
    })),
  };
}

/** Whether a list or array is of one axis; (n, 1), as older versions of OpenCV encode an image, counts as one. */
function hasOneAxis(value: unknown): boolean {
  return !(value instanceof PickledArray) || value.data.length === Math.max(...value.shape);
}

function shapeOf(value: unknown): string {
  return `an array [${(value as PickledArray).shape}]`;
}
