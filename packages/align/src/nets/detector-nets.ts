/** A convolution without padding and its ReLU. */
export interface ConvLayer {
  readonly name: string;
  readonly size: number;
  readonly stride: 1 | 2;
  readonly channels: number;
}

/** One of the cascade's nets: convolutions, then what they saw as a vector, a dense layer if there is one, the outputs. */
export interface DetectorNet {
  /** Side of the window that the net judges, in pixels. */
  readonly window: number;
  readonly convs: readonly ConvLayer[];
  /** Units of the dense layer `dense` and its ReLU; without it the outputs are read from the convolutions' map. */
  readonly dense?: number;
  /** Numbers of the layer `faces`: logits of "no face" and "face", four box offsets, then five x and five y; L-Net's are these ten alone. */
  readonly outputs: number;
}

const conv = (name: string, size: number, stride: 1 | 2, channels: number): ConvLayer => {
  return { name, size, stride, channels };
};

/** The convolutions of O- and L-Net. */
const WINDOW_48 = [
  conv("conv1", 3, 2, 32),
  conv("conv2", 3, 1, 32),
  conv("conv3", 3, 2, 64),
  conv("conv4", 3, 1, 64),
  conv("conv5", 3, 2, 128),
];

/**
 * amface's own cascade. Windows, inputs and outputs are those of MTCNN's P-, R- and O-Net (Zhang et al. 2016,
 * arXiv:1604.02878); inside, strided convolutions stand for its pools, and ReLU for its PReLU: three quarters of the
 * arithmetic, and none of it moves memory only. L-Net looks again at each face that was found, turned upright, and only
 * places the landmarks (`LandmarkWindow`). All channels fill the blocks of 16 that ONNX Runtime works on.
 */
export const DETECTOR_NETS = {
  pnet: {
    window: 12,
    convs: [conv("conv1", 4, 2, 16), conv("conv2", 3, 1, 16), conv("conv3", 3, 1, 32)],
    outputs: 6,
  },
  rnet: {
    window: 24,
    convs: [
      conv("conv1", 3, 2, 32),
      conv("conv2", 3, 1, 32),
      conv("conv3", 3, 2, 64),
      conv("conv4", 3, 1, 64),
    ],
    dense: 128,
    outputs: 6,
  },
  onet: {
    window: 48,
    convs: WINDOW_48,
    dense: 256,
    outputs: 16,
  },
  lnet: {
    window: 48,
    convs: WINDOW_48,
    dense: 128,
    outputs: 10,
  },
} as const satisfies Record<string, DetectorNet>;

export type DetectorNetName = keyof typeof DETECTOR_NETS;

/** In the order in which the cascade runs them. */
export const DETECTOR_NET_NAMES = ["pnet", "rnet", "onet", "lnet"] as const;

/** A weight of a net by its name (`rnet.conv1.weight`), which must have this shape; throws where it has not. */
export type GetWeight = (name: string, shape: readonly number[]) => Float32Array;

/** Side of the map that a convolution without padding leaves of a map of `side`. */
const sideAfter = (side: number, { size, stride }: ConvLayer) => Math.floor((side - size) / stride) + 1;

/** Names and shapes of a net's weights, in PyTorch's layout: `[out, in, y, x]` and `[out, in]`, in order. */
export function detectorWeights(name: DetectorNetName): { name: string; shape: readonly number[] }[] {
  const { window, convs, dense, outputs }: DetectorNet = DETECTOR_NETS[name];
  const weights: { name: string; shape: readonly number[] }[] = [];
  const add = (layer: string, shape: readonly number[]) => {
    weights.push(
      { name: `${name}.${layer}.weight`, shape },
      { name: `${name}.${layer}.bias`, shape: [shape[0]] },
    );
  };
  let channels = 3;
  for (const { name: layer, size, channels: filters } of convs) {
    add(layer, [filters, channels, size, size]);
    channels = filters;
  }
  const side = convs.reduce(sideAfter, window);
  if (dense) add("dense", [dense, channels * side * side]);
  add("faces", dense ? [outputs, dense] : [outputs, channels, side, side]);
  return weights;
}
