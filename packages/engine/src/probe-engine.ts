import * as tf from "@tensorflow/tfjs";
import type { Engine } from "./engines.ts";
import { startEngine } from "./use-engine.ts";
import { mappedVulkanDrivers } from "./vulkan-drivers.ts";

/** What an engine's arithmetic reaches here, in GFLOP/s. */
export interface EngineSpeed {
  /** Product of two square matrices. */
  readonly matMul: number;
  /** 3×3 convolution of 64 by 64 channels, 28×24 pixels. */
  readonly conv2d: number;
}

/** An engine, and the reason where it does not work here. */
export interface EngineProbe {
  readonly name: string;
  readonly device: string;
  readonly what: string;
  /** Whether it can train; the others only run nets. */
  readonly trains: boolean;
  readonly works: boolean;
  /** Whether it may be chosen without being asked for: a software driver of WebGPU may not. */
  readonly byDefault: boolean;
  /** Why it does not work, or is not chosen by default, and what to do about it. */
  readonly reason?: string;
  /** Names of the Vulkan drivers in use. */
  readonly drivers?: readonly string[];
  readonly speed?: EngineSpeed;
}

/**
 * Tries an engine, and measures how fast it is. TensorFlow.js's backend is another one afterwards, and what a broken
 * driver does to the process is done: a process of its own is the place for it.
 *
 * @param seconds How long the measurement takes, about; 0: none.
 */
export async function probeEngine(engine: Engine, seconds = 0): Promise<EngineProbe> {
  const { name, device, what, trains } = engine;
  const about = { name, device, what, trains };
  let byDefault = true;
  let reason: string | undefined;
  try {
    await startEngine(engine, { asked: false });
  } catch (error) {
    byDefault = false;
    reason = (error as Error).message;
  }
  try {
    if (!byDefault) await startEngine(engine, { asked: true });
    const sum = tf.tidy(() => tf.sum(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]))).dataSync()[0]);
    if (sum !== 12) throw new Error(`expected a product of ones to sum to 12, got ${sum}`);
    const speed = seconds > 0 ? { speed: measureSpeed(seconds) } : {};
    const drivers = device === "webgpu" ? { drivers: mappedVulkanDrivers().map(({ name }) => name) } : {};
    return { ...about, works: true, byDefault, ...(reason && { reason }), ...drivers, ...speed };
  } catch (error) {
    const why = (error as Error).message;
    // Where only the first try looks for a GPU, the second says what is missing to use one.
    return { ...about, works: false, byDefault: false, reason: why };
  }
}

/** Work that is measured takes at least this long a run, where it can be made large enough: reading costs time too. */
const LONG_ENOUGH_MS = 60;

/** A first run that took longer, compilation included, is not repeated. */
const SLOW_MS = 10_000;

/** The speed of the backend in use, measured for `seconds` altogether. */
export function measureSpeed(seconds: number): EngineSpeed {
  const filled = (shape: number[]) => tf.fill(shape, 0.01);
  const matMul = (size: number) => {
    const [a, b] = [filled([size, size]), filled([size, size])] as tf.Tensor2D[];
    return { tensors: [a, b], run: () => tf.matMul(a, b), flop: 2 * size ** 3 };
  };
  const filter = filled([3, 3, 64, 64]) as tf.Tensor4D;
  const conv2d = (size: number) => {
    const batch = size / 32;
    const images = filled([batch, 28, 24, 64]) as tf.Tensor4D;
    const flop = 2 * batch * 28 * 24 * 64 * 64 * 9;
    return { tensors: [images], run: () => tf.conv2d(images, filter, 1, "same"), flop };
  };
  const speed = { matMul: rate(matMul, seconds / 2), conv2d: rate(conv2d, seconds / 2) };
  filter.dispose();
  return speed;
}

interface Work {
  readonly tensors: readonly tf.Tensor[];
  run(): tf.Tensor;
  /** Floating point operations of a run. */
  readonly flop: number;
}

/** GFLOP/s of the fastest run, of a size that takes long enough to be measured. */
function rate(work: (size: number) => Work, seconds: number): number {
  const end = performance.now() + 1000 * seconds;
  let best = 0;
  for (let size = 32, last = false; !last; ) {
    const { tensors, run, flop } = work(size);
    const time = () => {
      const start = performance.now();
      tf.tidy(() => tf.sum(run()).dataSync());
      return performance.now() - start;
    };
    let shortest = time(); // compiles
    if (shortest < SLOW_MS) shortest = Math.min(shortest, time());
    // The next size takes up to eight times as long; the last one gets what time is left.
    last = size >= 4096 || shortest > LONG_ENOUGH_MS || performance.now() + 16 * shortest > end;
    while (last && performance.now() + shortest < end) shortest = Math.min(shortest, time());
    best = Math.max(best, flop / shortest / 1e6);
    tf.dispose([...tensors]);
    size *= 2;
  }
  return best;
}
