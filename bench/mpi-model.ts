// The model of a training step's cost that `bench/mpi-cost.ts` compares with steps and `docs/scale.md` makes its tables of.

/** What was measured of one process; seconds. */
export interface Parts {
  /** Forward and backward of a micro-batch, and adding its gradients up. */
  readonly microBatch: number;
  /** What a step takes besides: the optimizer's update, loading of nothing. */
  readonly update: number;
  readonly elements: number;
  /** To add one float32 to a sum, and to make a float16 of one and back. */
  readonly add: number;
  readonly encode: number;
  readonly decode: number;
}

export interface Link {
  /** Seconds of an empty exchange. */
  readonly latency: number;
  /** Each way, both ways at once. */
  readonly bytesPerSecond: number;
}

export interface Shape {
  readonly processes: number;
  readonly microBatches: number;
  readonly compression: "none" | "float16";
  /** Processes of a host, which share its link; 1 by default. */
  readonly perHost?: number;
}

/** Seconds of a step, whose exchange begins when all micro-batches are computed. */
export function stepSeconds(parts: Parts, link: Link, shape: Shape): number {
  const { microBatches, processes } = shape;
  return (
    Math.ceil(microBatches / processes) * parts.microBatch +
    parts.update +
    exchangeSeconds(parts, link, shape)
  );
}

/**
 * Seconds of the exchange: each process sends every other its part of the gradients, adds up what it gets of its own, and
 * gathers the sums. (P − 1)/P of the gradients go out and come in, twice.
 */
export function exchangeSeconds(
  { elements, add, encode, decode }: Parts,
  { latency, bytesPerSecond }: Link,
  { processes, compression, perHost = 1 }: Shape,
): number {
  if (processes === 1) return 0;
  const others = (processes - 1) / processes;
  const half = compression === "float16";
  const wire = (2 * others * elements * (half ? 2 : 4) * perHost) / bytesPerSecond;
  const messages = 2 * (processes - 1) * latency;
  const sums = others * elements * add;
  const codec = half ? (others + 1 / processes) * elements * encode + (others + 1) * elements * decode : 0;
  return wire + messages + sums + codec;
}

export interface ShardedHead {
  readonly identities: number;
  readonly embeddingSize: number;
  /** Images of all processes. */
  readonly batchSize: number;
  /** Of all processes. */
  readonly microBatches: number;
}

/** Class weights of a block at most, as training cuts a head. */
const LARGEST_BLOCK = 2 ** 21;
/** Numbers of a photo that every block sends to all processes. */
const SCORES = 7;

/**
 * Seconds in which a head whose columns are spread over processes moves its data: all embeddings go to all processes, so do
 * the scores of every block, and the embeddings' gradients are summed and gathered.
 */
export function shardedHeadSeconds(
  { identities, embeddingSize, batchSize, microBatches }: ShardedHead,
  { latency, bytesPerSecond }: Link,
  processes: number,
): number {
  const others = (processes - 1) / processes;
  const blocks = Math.ceil((identities * embeddingSize) / LARGEST_BLOCK / microBatches) * microBatches;
  const bytes = 4 * others * batchSize * (3 * embeddingSize + SCORES * blocks);
  return bytes / bytesPerSecond + 4 * (processes - 1) * latency;
}
