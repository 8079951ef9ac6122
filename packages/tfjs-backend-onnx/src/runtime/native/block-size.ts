import { OnnxGraph } from "../onnx-graph.ts";
import { OrtTensor } from "../ort-tensor.ts";
import { OrtSession } from "./ort-session.ts";

const CHANNELS = 64;
let known: number | undefined;

/**
 * How many channels lie beside each other in the layout that ONNX Runtime has for convolutions on this processor, 8 or 16;
 * 0 where it has none. Its width of vectors decides, and only a run tells.
 */
export function blockSize(): number {
  known ??= measured();
  return known;
}

function measured(): number {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", [1, CHANNELS, 1, 2]);
  graph.output("y", graph.node("com.microsoft.nchwc.ReorderInput", [x]), "float32", [1, CHANNELS, 1, 2]);
  try {
    const session = new OrtSession(graph.encode(), { intraOpNumThreads: 1, logSeverityLevel: 4 });
    const numbers = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
    const { y } = session.run({ x: new OrtTensor("float32", numbers, [1, CHANNELS, 1, 2]) }, { y: null });
    session.dispose();
    // The second pixel of the first channel lies behind the first pixel of all channels of the block.
    return (y.data as Float32Array).indexOf(1);
  } catch {
    return 0;
  }
}
