import { channelsOf, type Layout, type Preprocessing } from "./preprocessing.ts";
import { checkPreprocessing } from "./preprocessing-card.ts";

/**
 * Checks that a model of whole numbers gets the pixels as they are.
 *
 * @throws {Error} Where they would be rounded to a few values.
 */
export function expectPixels(path: string, type: string, { mean, scale, whiten }: Preprocessing): void {
  if (!whiten && mean?.every((each) => each === 0) && scale?.every((each) => each === 1)) return;
  const got = whiten ? "images that are whitened" : `--input-mean ${mean} and --input-scale ${scale}`;
  throw new Error(
    `Cannot run ${path}: expected --input-mean 0 and --input-scale 1 for an input of ${type}, got ${got}`,
  );
}

/** An input or output, as a model declares it. */
export interface ModelValue {
  readonly name: string;
  /** `null` where a size is free; `undefined` where not even the number of axes is known. */
  readonly shape: readonly (number | null)[] | undefined;
}

/** How a model takes images. */
export interface ImageInput {
  /** Images that it takes at once; `null` where that is free. */
  readonly batch: number | null;
  readonly imageSize: readonly [number, number];
  readonly layout: Layout;
}

const shown = ({ name, shape }: ModelValue) =>
  `${name} [${shape?.map((size) => size ?? "?").join(", ") ?? "…"}]`;

/**
 * How the one input of a model takes images; settings stand in for what its shape leaves free.
 *
 * @throws {Error} Where there are several inputs, or the one takes no images or others than the settings say.
 */
export function readInput<T extends ModelValue>(
  path: string,
  inputs: readonly T[],
  settings: Preprocessing,
): T & ImageInput {
  const refuse = (expected: string, got: string): never => {
    throw new Error(`Cannot run ${path}: expected ${expected}, got ${got}`);
  };
  const [input] = inputs;
  if (inputs.length !== 1) refuse("one input, of images", inputs.map(shown).join(", ") || "none");
  const { shape } = input;
  if (shape?.length !== 4) return refuse("an input of four axes, a batch of images", shown(input));
  const layout = layoutOf(path, input, shape, settings);
  const [channels, height, width] = layout === "nchw" ? shape.slice(1) : [shape[3], shape[1], shape[2]];
  const wanted = channelsOf(settings.channels);
  if (channels !== null && channels !== wanted) {
    const mend = channels === 1 ? "; say --input-channels grey" : "";
    refuse(
      `an input of ${wanted} channels, ${settings.channels ?? "rgb"}`,
      `${shown(input)}, ${layout}${mend}`,
    );
  }
  const [H, W] = [height ?? settings.imageSize?.[0], width ?? settings.imageSize?.[1]];
  if (H === undefined || W === undefined) {
    return refuse("the size of images, which the model leaves free", "none; say --input-size H,W");
  }
  checkPreprocessing({ imageSize: [H, W] });
  const batch = shape[0];
  // A shape of 0 is no batch at all, and one of millions of images fills the memory.
  if (batch !== null && !(batch >= 1 && batch <= MOST_IMAGES)) {
    refuse(`a batch of 1 to ${MOST_IMAGES} images`, shown(input));
  }
  return { ...input, batch, imageSize: [H, W], layout };
}

const MOST_IMAGES = 4096;

function layoutOf(
  path: string,
  input: ModelValue,
  shape: readonly (number | null)[],
  { layout, channels }: Preprocessing,
): Layout {
  if (layout !== undefined) return layout;
  const count = channelsOf(channels);
  // Of the two axes that may be the channels, the one of their number; a free one may be anything.
  const [first, last] = [shape[1], shape[3]].map((size) => size === count || size === 1 || size === 3);
  if (first !== last) return first ? "nchw" : "nhwc";
  throw new Error(
    `Cannot run ${path}: expected channels before or behind height and width, got ${shown(input)}; say --input-layout nchw or nhwc`,
  );
}

/** @throws {Error} Where there are several outputs and none is named, or not the one that is. */
export function chooseOutput(
  path: string,
  outputs: readonly ModelValue[],
  wanted: string | undefined,
): string {
  const found = wanted === undefined ? outputs[0] : outputs.find(({ name }) => name === wanted);
  if (found !== undefined && (wanted !== undefined || outputs.length === 1)) return found.name;
  const expected = wanted === undefined ? "one output, or its name by --output-name" : `an output ${wanted}`;
  throw new Error(`Cannot run ${path}: expected ${expected}, got ${outputs.map(shown).join(", ") || "none"}`);
}

/** Largest embedding. */
const LONGEST = 1 << 16;

/**
 * The rows of an output, of which there must be `count`. Behind batch and embedding it may have axes of size 1, as after a
 * convolution.
 *
 * @throws {Error} Where it has another shape or type.
 */
export function expectRows(
  path: string,
  { name, shape, data }: { readonly name: string; readonly shape: readonly number[]; readonly data: unknown },
  count: number,
): Float32Array {
  const [rows, size, ...rest] = shape;
  const fits = rows === count && size >= 1 && size <= LONGEST && rest.every((each) => each === 1);
  if (fits && data instanceof Float32Array) return data;
  const got = `${Object.prototype.toString.call(data).slice(8, -1)} [${shape.join(", ")}]`;
  throw new Error(
    `Cannot run ${path}: expected embeddings [${count}, D] of float32 as its output ${name}, got ${got}; ` +
      "name the right output by --output-name",
  );
}
