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

/**
 * Seconds in which a head whose columns are spread over processes moves its data: all embeddings go to all processes, the
 * greatest logit and the sum of exponentials of each come back, and each process gets its embeddings' gradients.
 *
 * @param batchSize Images of all processes.
 */
export function shardedHeadSeconds(
  { embeddingSize, batchSize }: { readonly embeddingSize: number; readonly batchSize: number },
  { latency, bytesPerSecond }: Link,
  processes: number,
): number {
  const others = (processes - 1) / processes;
  const bytes = 2 * others * batchSize * (4 * embeddingSize + 2 * 4);
  return bytes / bytesPerSecond + 4 * (processes - 1) * latency;
}
