import type { InferenceSession } from "onnxruntime-common";
import type { OnnxGraph } from "./onnx-graph.ts";
import type { OrtTensor } from "./ort-tensor.ts";
import type { Steps } from "./steps.ts";

export type SessionOptions = InferenceSession.SessionOptions;

/**
 * Where models run: on the processor, through onnxruntime-node (`cpu`) or in WebAssembly (`wasm`), or on a graphics
 * processor through WebGPU or CUDA.
 */
export type Device = "cpu" | "wasm" | "webgpu" | "cuda";

/** How models compute on the processor's cores. */
export interface Threading {
  readonly threads: number;
  /**
   * Whether threads that wait for each other keep their core busy, and so go on at once. Where something else wants
   * the core, that blocks the very thread that they wait for. Results are the same bit for bit.
   */
  readonly spinning: boolean;
  /** Why they spin or sleep, or why there are so many, such as `other processes keep 1.4 of 2 cores busy`. */
  readonly reason: string;
}

/** How a model is to be compiled. */
export interface ModelOptions {
  readonly session: SessionOptions;
  /** Results that stay on the device, by their names. */
  readonly kept: readonly string[];
  /** Results that come back to the main memory. */
  readonly others: readonly string[];
}

/** An ONNX Runtime and one of its devices: what onnxruntime-node and onnxruntime-web do each in its own way. */
export interface Runtime {
  readonly device: Device;
  /** Whether models run on the processor, by the kernels that ONNX Runtime has for it. */
  readonly onProcessor: boolean;
  /** See `Target`; 0 where that layout does not exist. */
  readonly blockSize: number;
  /** Whether results can stay on the device between runs. */
  readonly keepsResults: boolean;
  /** Whether models write their results into memory that they are given. */
  readonly writesInto: boolean;
  /** Options by which models compute on `threading`'s threads. */
  threadingOptions(threading: Threading): SessionOptions;
  /** How many threads a session keeps for itself that computes on `threads`, beside the one that calls it. */
  keptThreads(threads: number): number;
  /** Adds what models need beside their results. */
  prepare(graph: OnnxGraph): void;
  /** @throws {Error} When ONNX Runtime refuses the model; the message names the node. */
  compile(graph: OnnxGraph, options: ModelOptions): Steps<Session>;
  /** @throws {Error} When the device cannot compute in float16. */
  checkFloat16(): void;
}

/** A compiled ONNX model. One run must end before the next begins, in any session. */
export interface Session {
  /**
   * @param feeds A tensor for every input; its memory is read, not kept.
   * @param outputs The outputs wanted: all with the tensors to write into, or all with `null` for fresh ones.
   */
  run(
    feeds: Record<string, OrtTensor>,
    outputs: Record<string, OrtTensor | null>,
  ): Steps<Record<string, OrtTensor>>;
  /** Frees the model, or, while results of it are held on a device, lets the last of them do so. */
  dispose(): void;
  /** Counts a result that is held on a device: ONNX Runtime 1.30 crashes when it is freed after its session. */
  lend(): void;
  /** Counts a result on a device that has been freed. */
  takeBack(): void;
}
