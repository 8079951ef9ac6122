import { deviceMemory, type EngineChoice, findBatchSize, type LocalProcess } from "@amface/engine";
import { createNet } from "@amface/nets";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import {
  createTrainState,
  disposeTrainState,
  holdOut,
  readSource,
  resolveConfig,
  type TrainConfigInput,
  type TrainState,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import type { Reporter } from "../command/reporter.ts";

/** Larger batches than the papers' need other learning rates. */
const LARGEST = 512;

/**
 * The config with the largest batch that the engine's device has memory for: steps of the config's own net and head on
 * random images, the batch doubling from 8, as long as the memory that they take says that the next one fits.
 *
 * @throws {Error} On a device that does not tell how much of its memory is in use.
 */
export async function withLargestBatch(
  given: TrainConfigInput,
  { name, device }: EngineChoice,
  reporter: Reporter,
  local?: LocalProcess,
): Promise<TrainConfigInput> {
  const memory = () => {
    const now = deviceMemory(device, local);
    if (now) return now;
    throw new Error(
      `Cannot find a batch size on ${name}:${device}: expected a GPU that tells how much of its memory is in use ` +
        "(NVIDIA's, by nvidia-smi, or AMD's on Linux), got another; give --batch-size N",
    );
  };
  memory();
  const config = resolveConfig(given);
  const { train: source } = holdOut(await readSource(config), config);
  const { imageSize, batchNorm, keepProbability, seed, embeddingSize } = config;
  const size = embeddingSize === undefined ? {} : { embeddingSize };
  const net = createNet(config.net, { imageSize, batchNorm, keepProbability, seed, ...size });
  const state = createTrainState(net, source.counts.length, config);
  const step = (batchSize: number) => tryStep(state, batchSize, { ...config, accumulateSteps: 1 });
  try {
    const { batchSize, reason } = await findBatchSize({
      work: step,
      memory,
      to: Math.min(LARGEST, source.photos),
    });
    reporter.say(`batch size ${batchSize}: ${reason}`);
    return { ...given, batchSize };
  } finally {
    disposeTrainState(state);
    forgetModels();
  }
}

/** Two steps on random images: the second one takes what every later one does. */
async function tryStep(
  state: TrainState,
  batchSize: number,
  config: ReturnType<typeof resolveConfig>,
): Promise<void> {
  forgetModels();
  const [height, width] = config.imageSize;
  const identities = state.head_DN.shape[1];
  const labels = tf.tensor1d(
    Int32Array.from({ length: batchSize }, (_, i) => i % identities),
    "int32",
  );
  const images = tf.tidy(() => tf.fill<tf.Rank.R4>([batchSize, height, width, 3], 0.1));
  try {
    for (let i = 0; i < 2; i++) await trainStep(state, { images, labels }, { ...config, learningRate: 1e-6 });
  } finally {
    tf.dispose([images, labels]);
  }
}

/** Models of other batches would keep their memory. */
function forgetModels(): void {
  (tf.backend() as Partial<OnnxBackend>).forgetModels?.();
}
