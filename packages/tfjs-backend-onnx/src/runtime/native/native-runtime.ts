import type { OnnxGraph } from "../onnx-graph.ts";
import type { OrtTensor } from "../ort-tensor.ts";
import type { ModelOptions, Runtime, Session, Threading } from "../runtime.ts";
import type { Steps } from "../steps.ts";
import { blockSize } from "./block-size.ts";
import { checkFloat16, deviceOptions, keepsResults, type NativeDevice } from "./device.ts";
import { addSilence, OrtSession } from "./ort-session.ts";
import { threadingOptions } from "./threading.ts";

/** onnxruntime-node on one of its devices. Its sessions run at once. */
export class NativeRuntime implements Runtime {
  readonly device: NativeDevice;

  constructor(device: NativeDevice) {
    this.device = device;
  }

  get onProcessor(): boolean {
    return this.device === "cpu";
  }

  get blockSize(): number {
    return this.onProcessor ? blockSize() : 0;
  }

  get keepsResults(): boolean {
    return keepsResults(this.device);
  }

  get writesInto(): boolean {
    return !this.keepsResults;
  }

  threadingOptions(threading: Threading) {
    return threadingOptions(threading);
  }

  keptThreads(threads: number): number {
    return threads - 1;
  }

  prepare(graph: OnnxGraph): void {
    if (this.writesInto) addSilence(graph);
  }

  // biome-ignore lint/correctness/useYield: nothing waits here
  *compile(graph: OnnxGraph, { session, kept, others }: ModelOptions): Steps<Session> {
    return new NativeSession(
      new OrtSession(graph.encode(), { ...session, ...deviceOptions(this.device, kept, others) }),
    );
  }

  checkFloat16(): void {
    checkFloat16(this.device);
  }
}

class NativeSession implements Session {
  readonly #session: OrtSession;

  constructor(session: OrtSession) {
    this.#session = session;
  }

  // biome-ignore lint/correctness/useYield: nothing waits here
  *run(
    feeds: Record<string, OrtTensor>,
    outputs: Record<string, OrtTensor | null>,
  ): Steps<Record<string, OrtTensor>> {
    if (Object.values(outputs).includes(null)) return this.#session.run(feeds, outputs);
    const given = outputs as Record<string, OrtTensor>;
    this.#session.runInto(feeds, given);
    return given;
  }

  dispose(): void {
    this.#session.endProfiling();
    this.#session.dispose();
  }

  lend(): void {
    this.#session.lend();
  }

  takeBack(): void {
    this.#session.takeBack();
  }
}
