import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildLResNet, iResNet, LRESNET50, type LResNetTable } from "./lresnet.ts";
import { buildMobileFaceNet } from "./mobilefacenet.ts";
import { countFlops, countParameters } from "./net-cost.ts";
import { type NetDefaults, type NetOptions, type ResolvedNetOptions, resolveNetOptions } from "./options.ts";
import { buildResFace, type ResFaceTable } from "./resface.ts";

export type NetName =
  | "resface20"
  | "resface36"
  | "resface-small"
  | "lresnet50e-ir"
  | "iresnet18"
  | "iresnet34"
  | "iresnet50"
  | "iresnet100"
  | "mobilefacenet";

interface NetEntry extends NetDefaults {
  /** Whether the net exists without batch normalisation. */
  readonly plain: boolean;
  build(options: ResolvedNetOptions): LayersModel;
}

const resface = (embeddingSize: number, table: ResFaceTable): NetEntry => ({
  embeddingSize,
  padding: "same",
  plain: true,
  build: (options) => buildResFace(table, options),
});

const lresnet = (table: LResNetTable): NetEntry => ({
  embeddingSize: 512,
  padding: "symmetric",
  plain: false,
  build: (options) => buildLResNet(table, options),
});

const NETS: Record<NetName, NetEntry> = {
  resface20: resface(512, {
    channels: [64, 128, 256, 512],
    units: [1, 2, 4, 1],
    statistics: { momentum: 0.995, epsilon: 1e-3 },
  }),
  // The reference's table, whose checkpoints it loads: 4 + 2·15 = 34 convolutions. SphereFace's net of 36
  // (arXiv:1704.08063, table 2, whose names count convolutions and not the dense layer) has 2,4,8,2.
  resface36: resface(512, {
    channels: [64, 128, 256, 512],
    units: [2, 4, 8, 1],
    statistics: { momentum: 0.995, epsilon: 1e-3 },
  }),
  // For runs of a few hundred steps: with 0.995, its statistics would still be near their start at the end.
  "resface-small": resface(128, {
    channels: [16, 32, 64, 128],
    units: [1, 1, 1, 1],
    statistics: { momentum: 0.9, epsilon: 1e-3 },
  }),
  "lresnet50e-ir": lresnet(LRESNET50),
  iresnet18: lresnet(iResNet([2, 2, 2, 2])),
  iresnet34: lresnet(iResNet([3, 4, 6, 3])),
  iresnet50: lresnet(iResNet([3, 4, 14, 3])),
  iresnet100: lresnet(iResNet([3, 13, 30, 3])),
  mobilefacenet: { embeddingSize: 128, padding: "symmetric", plain: false, build: buildMobileFaceNet },
};

/** The names that `createNet` knows. */
export const NET_NAMES = Object.keys(NETS) as readonly NetName[];

/** What a net takes, gives and weighs. */
export interface NetDescription {
  /** Shape of the input after the batch axis: height, width, 3 (RGB). */
  readonly imageShape: readonly [number, number, 3];
  /** How 8-bit pixels become the net's float32 input. */
  readonly normalisation: "(pixels - 127.5) / 128";
  /** Size of the embedding, which the net does not normalise. */
  readonly embeddingSize: number;
  /** Numbers that training changes by gradients. */
  readonly trainableParameters: number;
  /** The same, and the moving statistics of batch normalisation. */
  readonly parameters: number;
  /** Floating-point operations of one image in inference, in convolutions and dense layers; a multiply-add is two. */
  readonly flops: number;
}

/** An embedding net: an ordinary `tf.LayersModel` and the recipe that built it. */
export interface FaceNet {
  readonly name: NetName;
  readonly options: ResolvedNetOptions;
  /** `[B, H, W, 3]` float32 images → `[B, D]` float32 embeddings, not normalised. Dispose it after use. */
  readonly model: LayersModel;
  readonly description: NetDescription;
}

/**
 * Builds a net with fresh weights; the same name, options and seed give the same weights.
 *
 * @throws {RangeError} For a name or an option's value that does not exist; {TypeError} for an unknown option.
 */
export function createNet(name: string, options: NetOptions = {}): FaceNet {
  if (!isNetName(name)) {
    throw new RangeError(
      `Cannot create a net: expected one of ${NET_NAMES.join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  const entry = NETS[name];
  const resolved = resolveNetOptions(options, entry);
  if (!resolved.batchNorm && !entry.plain) {
    throw new RangeError(
      `Cannot create a net: expected batchNorm true, without which there is no ${name}, got false`,
    );
  }
  const model = entry.build(resolved);
  return { name, options: resolved, model, description: describe(model, resolved) };
}

function isNetName(name: string): name is NetName {
  return Object.hasOwn(NETS, name);
}

function describe(model: LayersModel, options: ResolvedNetOptions): NetDescription {
  return {
    imageShape: [...options.imageSize, 3],
    normalisation: "(pixels - 127.5) / 128",
    embeddingSize: options.embeddingSize,
    trainableParameters: countParameters(model.trainableWeights),
    parameters: countParameters(model.weights),
    flops: countFlops(model),
  };
}
