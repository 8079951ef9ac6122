import type { Env, InferenceSession, InferenceSessionFactory } from "onnxruntime-common";
import type { OnnxGraph } from "../onnx-graph.ts";
import type { OrtTensor } from "../ort-tensor.ts";
import type { ModelOptions, Runtime, Session, SessionOptions, Threading } from "../runtime.ts";
import { type Steps, wait } from "../steps.ts";

/** Where onnxruntime-web runs models: in WebAssembly or on a graphics processor. */
export type WebDevice = "wasm" | "webgpu";

/** What is used of onnxruntime-web. */
export interface OrtWeb {
  readonly InferenceSession: InferenceSessionFactory;
  readonly env: Env;
}

/** onnxruntime-web on one of its devices. Its sessions run asynchronously. */
export class WebRuntime implements Runtime {
  readonly device: WebDevice;
  readonly threading: Threading;
  readonly writesInto = false;
  /** Only processors of Intel's kind have that layout. */
  readonly blockSize = 0;
  readonly #ort: OrtWeb;

  constructor(device: WebDevice, ort: OrtWeb, threading: Threading) {
    this.device = device;
    this.threading = threading;
    this.#ort = ort;
  }

  get onProcessor(): boolean {
    return this.device === "wasm";
  }

  get keepsResults(): boolean {
    return this.device === "webgpu";
  }

  /** All sessions share the threads that onnxruntime-web was started with. */
  threadingOptions(): SessionOptions {
    return {};
  }

  keptThreads(): number {
    return 0;
  }

  prepare(): void {}

  *compile(graph: OnnxGraph, { session, kept, others }: ModelOptions): Steps<Session> {
    const locations = [
      ...kept.map((name) => [name, "gpu-buffer"] as const),
      ...others.map((name) => [name, "cpu"] as const),
    ];
    const options: SessionOptions = {
      ...session,
      executionProviders: [this.device],
      ...(kept.length > 0 && { preferredOutputLocation: Object.fromEntries(locations) }),
    };
    return new WebSession(yield* wait(this.#ort.InferenceSession.create(graph.encode(), options)));
  }

  checkFloat16(): void {
    throw new Error(
      "Cannot compute in float16: expected the backend of onnxruntime-node, got that of onnxruntime-web; compute in float32",
    );
  }
}

class WebSession implements Session {
  readonly #session: InferenceSession;
  #lent = 0;
  #wanted = true;

  constructor(session: InferenceSession) {
    this.#session = session;
  }

  *run(
    feeds: Record<string, OrtTensor>,
    outputs: Record<string, OrtTensor | null>,
  ): Steps<Record<string, OrtTensor>> {
    const results = yield* wait(this.#session.run(feeds, Object.keys(outputs)));
    return results as Record<string, OrtTensor>;
  }

  dispose(): void {
    this.#wanted = false;
    if (this.#lent === 0) this.#release();
  }

  lend(): void {
    this.#lent++;
  }

  takeBack(): void {
    this.#lent--;
    if (this.#lent === 0 && !this.#wanted) this.#release();
  }

  /** It is gone when this returns; only the promise of it comes later. */
  #release(): void {
    void this.#session.release();
  }
}
