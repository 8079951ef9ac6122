/** Channels of the images that a model takes, in their order. */
export type Channels = "rgb" | "bgr" | "grey";

/** Where the channels stand: before height and width, or behind them. */
export type Layout = "nchw" | "nhwc";

/** How 8-bit pixels become what a model takes, as far as it is known. */
export interface Preprocessing {
  readonly channels?: Channels;
  /** Taken off the pixels: one number, or one for each channel. */
  readonly mean?: readonly number[];
  /** What the pixels are multiplied by then: one number, or one for each channel. */
  readonly scale?: readonly number[];
  /** Whether each image is brought to mean 0 and deviation 1 instead, as the first FaceNets of TensorFlow want it. */
  readonly whiten?: boolean;
  /** Height and width, of models that leave them free. */
  readonly imageSize?: readonly [number, number];
  readonly layout?: Layout;
  /** The output that is the embedding, of models with several. */
  readonly output?: string;
}

const square = (size: number) => [size, size] as const;

/** What well-known programs do, by name. */
export const PRESETS = {
  /** InsightFace's ArcFace models. */
  insightface: { channels: "rgb", mean: [127.5], scale: [1 / 127.5], imageSize: square(112) },
  /** FaceNet with `fixed_image_standardization`. */
  facenet: { channels: "rgb", mean: [127.5], scale: [1 / 128], imageSize: square(160) },
  /** FaceNet with `prewhiten` (per-image standardization). */
  "facenet-whitened": { channels: "rgb", whiten: true, imageSize: square(160) },
  /** AdaFace's models. */
  adaface: { channels: "bgr", mean: [127.5], scale: [1 / 127.5], imageSize: square(112) },
  /** amface's own nets. */
  amface: { channels: "rgb", mean: [127.5], scale: [1 / 128], imageSize: [112, 96] },
} as const satisfies Record<string, Preprocessing>;

export type PresetName = keyof typeof PRESETS;

export const channelsOf = (channels: Channels = "rgb") => (channels === "grey" ? 1 : 3);

/** A model whose preprocessing is known, but for what its own shapes tell. */
export type KnownPreprocessing = Preprocessing &
  ({ readonly whiten: true } | Required<Pick<Preprocessing, "mean" | "scale">>);

/** Whether the values are known that a model is to be given. */
export function isKnown(settings: Preprocessing): settings is KnownPreprocessing {
  return settings.whiten === true || (settings.mean !== undefined && settings.scale !== undefined);
}
