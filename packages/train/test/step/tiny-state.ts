import { createNet } from "@amface/nets";
import { createTrainState, type TrainState, type TrainStateOptions } from "@amface/train";

interface TinyOptions extends Partial<TrainStateOptions> {
  readonly identities?: number;
  /** Pixels of a side of the images. */
  readonly size?: number;
  readonly batchNorm?: boolean;
}

/** The smallest net with a head: embeddings of 8 numbers of images of 16×16. */
export function tinyState({
  identities = 4,
  size = 16,
  batchNorm = true,
  ...options
}: TinyOptions = {}): TrainState {
  const net = createNet("resface-small", { imageSize: [size, size], embeddingSize: 8, seed: 1, batchNorm });
  return createTrainState(net, identities, { seed: 1, ...options });
}
