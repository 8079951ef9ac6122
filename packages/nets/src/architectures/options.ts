import type { Padding } from "../layers/convolution.ts";

/** What every net can be told. */
export interface NetOptions {
  /** Size D of the embedding; the net's own default is in its description. */
  readonly embeddingSize?: number;
  /** Height and width of the input in pixels; [112, 96] by default. */
  readonly imageSize?: readonly [number, number];
  /** With batch normalisation (default), or with biases in its place, as in the AM-Softmax paper's own net. */
  readonly batchNorm?: boolean;
  /** Share of the features that dropout keeps before the embedding, in (0, 1]; 1 (default) is no dropout. */
  readonly keepProbability?: number;
  /** Where strided convolutions lay their zeros; what the net's paper has by default. */
  readonly padding?: Padding;
  /** Seed of the initial weights and of the dropout masks, an integer; 0 by default. */
  readonly seed?: number;
}

export type ResolvedNetOptions = Required<NetOptions>;

const KEYS = ["embeddingSize", "imageSize", "batchNorm", "keepProbability", "padding", "seed"];

/** What a net's paper says of its options. */
export type NetDefaults = Pick<ResolvedNetOptions, "embeddingSize" | "padding">;

/**
 * Fills in the defaults and checks every value.
 *
 * @throws {TypeError} For an option that does not exist.
 * @throws {RangeError} For a value out of its range.
 */
export function resolveNetOptions(options: NetOptions, defaults: NetDefaults): ResolvedNetOptions {
  for (const key of Object.keys(options)) {
    if (!KEYS.includes(key)) throw new TypeError(`Cannot create a net: expected options ${KEYS}, got ${key}`);
  }
  const {
    embeddingSize = defaults.embeddingSize,
    imageSize = [112, 96],
    batchNorm = true,
    keepProbability = 1,
    padding = defaults.padding,
    seed = 0,
  } = options;
  check("embeddingSize", embeddingSize, isSize(embeddingSize), "a positive integer");
  const validSize = Array.isArray(imageSize) && imageSize.length === 2 && imageSize.every(isSize);
  check("imageSize", imageSize, validSize, "[height, width] in pixels");
  check("batchNorm", batchNorm, typeof batchNorm === "boolean", "true or false");
  check(
    "keepProbability",
    keepProbability,
    keepProbability > 0 && keepProbability <= 1,
    "a number in (0, 1]",
  );
  check("padding", padding, padding === "same" || padding === "symmetric", "same or symmetric");
  check("seed", seed, Number.isSafeInteger(seed), "an integer");
  return {
    embeddingSize,
    imageSize: [imageSize[0], imageSize[1]],
    batchNorm,
    keepProbability,
    padding,
    seed,
  };
}

const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

function check(name: string, value: unknown, ok: boolean, expected: string): void {
  if (!ok)
    throw new RangeError(`Cannot create a net: expected ${name} to be ${expected}, got ${String(value)}`);
}
