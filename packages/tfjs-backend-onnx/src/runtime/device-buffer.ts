import { OnnxGraph } from "./onnx-graph.ts";
import type { OrtTensor } from "./ort-tensor.ts";
import type { Runtime, Session } from "./runtime.ts";
import type { Steps } from "./steps.ts";

/** float32 contents in a buffer of WebGPU, freed when the last value that holds them lets go. */
export class DeviceBuffer {
  readonly tensor: OrtTensor;
  readonly #session: Session;
  readonly #runtime: Runtime;
  #holders = 0;

  /** @param tensor A result that `session` left on the device. */
  constructor(tensor: OrtTensor, session: Session, runtime: Runtime) {
    this.tensor = tensor;
    this.#session = session;
    this.#runtime = runtime;
    session.lend();
  }

  /** Copies a tensor from the main memory to the device. */
  static *upload(tensor: OrtTensor, runtime: Runtime): Steps<DeviceBuffer> {
    const session = yield* copier(runtime, tensor.dims.length, "gpu-buffer");
    const { y } = yield* session.run({ x: tensor }, { y: null });
    return new DeviceBuffer(y, session, runtime);
  }

  /**
   * A copy in the main memory. `getData()` of such a tensor ends the process in onnxruntime-node 1.30, so a
   * model that does nothing brings it.
   */
  *read(): Steps<Float32Array> {
    const session = yield* copier(this.#runtime, this.tensor.dims.length, "cpu");
    const { y } = yield* session.run({ x: this.tensor }, { y: null });
    return y.data as Float32Array;
  }

  hold(): void {
    this.#holders++;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.tensor.dispose();
    this.#session.takeBack();
  }
}

const copiers = new WeakMap<Runtime, Map<string, Session>>();

/** A model that copies a tensor of `rank` axes to `location`. */
function* copier(runtime: Runtime, rank: number, location: "cpu" | "gpu-buffer"): Steps<Session> {
  const known = copiers.get(runtime) ?? new Map<string, Session>();
  copiers.set(runtime, known);
  const key = `${location} ${rank}`;
  let session = known.get(key);
  if (!session) {
    const graph = new OnnxGraph();
    const dims = Array.from({ length: rank }, (_, axis) => `d${axis}`);
    graph.output("y", graph.node("Identity", [graph.input("x", "float32", dims)]), "float32", dims);
    const [kept, others] = location === "cpu" ? [[], ["y"]] : [["y"], []];
    session = yield* runtime.compile(graph, { session: { logSeverityLevel: 4 }, kept, others });
    known.set(key, session);
  }
  return session;
}
