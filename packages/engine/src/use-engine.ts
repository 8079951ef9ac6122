import * as tf from "@tensorflow/tfjs";
import { ENGINES, type EngineCandidate } from "./candidates.ts";

/** Why an engine was passed over. */
export interface RejectedEngine {
  readonly name: string;
  readonly device: string;
  readonly reason: string;
}

/** The engine that runs from now on. */
export interface EngineChoice {
  /** Name of the TensorFlow.js backend: `tensorflow`, `onnx` or `cpu`. */
  readonly name: string;
  readonly device: string;
  /** Why this one, in a sentence. */
  readonly reason: string;
  /** Engines that would have come first, and why they cannot run here. */
  readonly rejected: readonly RejectedEngine[];
}

/** An engine, and the reason where it does not work here. */
export interface EngineProbe {
  readonly name: string;
  readonly device: string;
  readonly what: string;
  readonly works: boolean;
  readonly reason?: string;
}

/**
 * Makes the fastest engine of this machine TensorFlow.js's backend.
 *
 * @param request An engine's name, or `name:device`, to use that one and no other: `onnx`, `tensorflow:gpu`.
 * @throws {RangeError} When no engine has that name.
 * @throws {Error} When the engine asked for, or every engine, fails to load; the message says why.
 */
export async function useEngine(
  request?: string,
  engines: readonly EngineCandidate[] = ENGINES,
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
    try {
      await start(engine);
    } catch (error) {
      rejected.push({ name, device, reason: (error as Error).message });
      continue;
    }
    const reason = request
      ? `${what}, as asked for`
      : rejected.length > 0
        ? `${what}, the fastest that works here`
        : `${what}, the fastest there is`;
    return { name, device, reason, rejected };
  }
  const reasons = rejected.map(({ name, device, reason }) => `${name}:${device} ${reason}`).join("\n  ");
  throw new Error(`Cannot start ${request ? `engine ${request}` : "any engine"}:\n  ${reasons}`);
}

/** Tries every engine and says which work here and why the others do not. Leaves the backend in use as it was. */
export async function probeEngines(engines: readonly EngineCandidate[] = ENGINES): Promise<EngineProbe[]> {
  const before = tf.getBackend();
  const probes: EngineProbe[] = [];
  for (const engine of engines) {
    const { name, device, what } = engine;
    try {
      await start(engine);
      const sum = tf.tidy(() => tf.sum(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]))).dataSync()[0]);
      if (sum !== 12) throw new Error(`expected a product of ones to sum to 12, got ${sum}`);
      probes.push({ name, device, what, works: true });
    } catch (error) {
      probes.push({ name, device, what, works: false, reason: (error as Error).message });
    }
  }
  if (before) await tf.setBackend(before);
  return probes;
}

async function start({ name, load }: EngineCandidate): Promise<void> {
  await load();
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its backend "${name}"`);
}
