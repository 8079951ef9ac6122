import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { ENGINES, type Engine, type LoadOptions } from "./engines.ts";
import type { GpuMemory } from "./load-tensorflow.ts";
import { GpuShareError, type LocalProcess } from "./own-gpu.ts";

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
  /** How it uses the processor's cores, where it can tell: how many threads, and whether they spin while they wait. */
  readonly cores?: string;
  /** Engines that would have come first, and why they cannot run here. */
  readonly rejected: readonly RejectedEngine[];
}

export interface EngineOptions {
  /** Take only an engine that can train. */
  readonly training?: boolean;
  /** How much of a GPU's memory TensorFlow takes: `grow` (the default), or a share in (0, 1]. */
  readonly gpuMemory?: GpuMemory;
  /** Threads on the processor; as many as there are cores to use where absent. */
  readonly threads?: number;
  /** Which of several processes on this host this one is: each takes a GPU of its own. */
  readonly local?: LocalProcess | undefined;
  /** Other engines than this package's, for tests. */
  readonly engines?: readonly Engine[];
}

/**
 * Makes the fastest engine of this machine TensorFlow.js's backend. A software driver of WebGPU is used only where
 * `onnx:webgpu` is asked for.
 *
 * @param request An engine's name, or `name:device`, to use that one and no other: `onnx`, `onnx:webgpu`, `tensorflow:gpu`.
 * @throws {RangeError} When no engine has that name.
 * @throws {GpuShareError} When several processes share this host and cannot have a GPU each, though there are some.
 * @throws {Error} When the engine asked for, or every engine, fails to load or cannot train; the message says why.
 */
export async function useEngine(
  request?: string,
  { training = false, engines = ENGINES, ...limits }: EngineOptions = {},
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
      await startEngine(engine, { asked, ...limits });
    } catch (error) {
      if (error instanceof GpuShareError) throw error;
      rejected.push({ name, device, reason: (error as Error).message });
      continue;
    }
    const why = asked || request === name ? "as asked for" : "the fastest that works here";
    const reason = `${what}, ${rejected.length > 0 || request ? why : FIRST}`;
    return { name, device, reason, rejected, ...(device === "cpu" && coresInUse()) };
  }
  const reasons = rejected.map(({ name, device, reason }) => `${name}:${device} ${reason}`).join("\n  ");
  throw new Error(`Cannot start ${request ? `engine ${request}` : "any engine"}:\n  ${reasons}`);
}

const FIRST = "the fastest there is";
const CANNOT_TRAIN =
  "cannot train: TensorFlow.js's WebAssembly has no gradients of convolutions; train with onnx, and run the net with wasm";

/** How TensorFlow.js's backend uses the processor's cores; of those here, `onnx` can tell. */
function coresInUse(): Pick<EngineChoice, "cores"> {
  const { threading } = tf.backend() as { threading?: OnnxBackend["threading"] };
  if (threading === undefined) return {};
  const { threads, spinning, reason } = threading;
  if (threads === 1) return { cores: "1 thread" };
  return { cores: `${threads} threads, which ${spinning ? "spin" : "sleep"} while they wait: ${reason}` };
}

/** Loads an engine and makes it TensorFlow.js's backend. */
export async function startEngine(engine: Engine, options: LoadOptions): Promise<void> {
  await engine.load(options);
  if (await tf.setBackend(engine.name)) return;
  throw new Error(`TensorFlow.js could not start its backend "${engine.name}"`);
}
