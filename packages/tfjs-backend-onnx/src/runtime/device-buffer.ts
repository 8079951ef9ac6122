import { deviceOptions } from "./device.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { OrtSession, type OrtTensor } from "./ort-session.ts";

/** float32 contents in a buffer of WebGPU, freed when the last value that holds them lets go. */
export class DeviceBuffer {
  readonly tensor: OrtTensor;
  readonly #session: OrtSession;
  #holders = 0;

  /** @param tensor A result that `session` left on the device. */
  constructor(tensor: OrtTensor, session: OrtSession) {
    this.tensor = tensor;
    this.#session = session;
    session.lend();
  }

  /** Copies a tensor from the main memory to the device. */
  static upload(tensor: OrtTensor): DeviceBuffer {
    const session = copier(tensor.dims.length, "gpu-buffer");
    return new DeviceBuffer(session.run({ x: tensor }, { y: null }).y, session);
  }

  /**
   * A copy in the main memory. `getData()` of such a tensor ends the process in onnxruntime-node 1.30, so a
   * model that does nothing brings it.
   */
  read(): Float32Array {
    const session = copier(this.tensor.dims.length, "cpu");
    return session.run({ x: this.tensor }, { y: null }).y.data as Float32Array;
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

const copiers = new Map<string, OrtSession>();

/** A model that copies a tensor of `rank` axes to `location`. */
function copier(rank: number, location: "cpu" | "gpu-buffer"): OrtSession {
  const key = `${location} ${rank}`;
  let session = copiers.get(key);
  if (!session) {
    const graph = new OnnxGraph();
    const dims = Array.from({ length: rank }, (_, axis) => `d${axis}`);
    graph.output("y", graph.node("Identity", [graph.input("x", "float32", dims)]), "float32", dims);
    const kept = location === "gpu-buffer" ? ["y"] : [];
    session = new OrtSession(graph.encode(), { ...deviceOptions("webgpu", kept), logSeverityLevel: 4 });
    copiers.set(key, session);
  }
  return session;
}
