import * as tf from "@tensorflow/tfjs";
import { ENGINES, type Engine } from "./engines.ts";
import type { GpuMemory } from "./load-tensorflow.ts";

/** Why an engine was passed over. */
export interface RejectedEngine {
  readonly name: string;
  readonly device: string;
  readonly reason: string;
}

/** The engine that runs from now on. */
export interface EngineChoice {
  /** Name of the TensorFlow.js backend: `tensorflow`, `onnx`, `wasm` or `cpu`. */
  readonly name: string;
  readonly device: string;
  /** Why this one, in a sentence. */
  readonly reason: string;
  /** Engines that would have come first, and why they cannot run here. */
  readonly rejected: readonly RejectedEngine[];
}

export interface EngineOptions {
  /** Take only an engine that can train. */
  readonly training?: boolean;
  /** How much of a GPU's memory TensorFlow takes: `grow` (the default), or a share in (0, 1]. */
  readonly gpuMemory?: GpuMemory;
  /** Other engines than this package's, for tests. */
  readonly engines?: readonly Engine[];
}

/**
 * Makes the fastest engine of this machine TensorFlow.js's backend. A software driver of WebGPU is used only where
 * `onnx:webgpu` is asked for.
 *
 * @param request An engine's name, or `name:device`, to use that one and no other: `onnx`, `onnx:webgpu`, `tensorflow:gpu`.
 * @throws {RangeError} When no engine has that name.
 * @throws {Error} When the engine asked for, or every engine, fails to load or cannot train; the message says why.
 */
export async function useEngine(
  request?: string,
  { training = false, gpuMemory, engines = ENGINES }: EngineOptions = {},
): Promise<EngineChoice> {
  const wanted = engines.filter(
    ({ name, device }) => !request || request === name || request === `${name}:${device}`,
  );
  if (wanted.length === 0) {
    const known = engines.map(({ name, device }) => `${name}:${device}`).join(", ");
    throw new RangeError(`Cannot use engine ${request}: expected one of ${known}`);
  }
  const rejected: RejectedEngine[] = [];
  for (const engine of wanted) {
    const { name, device, what } = engine;
    const asked = request === `${name}:${device}`;
    try {
      if (training && !engine.trains) throw new Error(CANNOT_TRAIN);
      await startEngine(engine, { asked, ...(gpuMemory !== undefined && { gpuMemory }) });
    } catch (error) {
      rejected.push({ name, device, reason: (error as Error).message });
      continue;
    }
    const why = asked || request === name ? "as asked for" : "the fastest that works here";
    return { name, device, reason: `${what}, ${rejected.length > 0 || request ? why : FIRST}`, rejected };
  }
  const reasons = rejected.map(({ name, device, reason }) => `${name}:${device} ${reason}`).join("\n  ");
  throw new Error(`Cannot start ${request ? `engine ${request}` : "any engine"}:\n  ${reasons}`);
}

const FIRST = "the fastest there is";
const CANNOT_TRAIN =
  "cannot train: TensorFlow.js's WebAssembly has no gradients of convolutions; train with onnx, and run the net with wasm";

/** Loads an engine and makes it TensorFlow.js's backend. */
export async function startEngine(engine: Engine, options: Parameters<Engine["load"]>[0]): Promise<void> {
  await engine.load(options);
  if (await tf.setBackend(engine.name)) return;
  throw new Error(`TensorFlow.js could not start its backend "${engine.name}"`);
}
