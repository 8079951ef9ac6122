import { OnnxGraph } from "@amface/tfjs-backend-onnx";
import {
  DETECTOR_NETS,
  type DetectorNet,
  type DetectorNetName,
  detectorWeights,
  type GetWeight,
} from "./detector-nets.ts";

/** Builds a net as an ONNX model: `images` float32 `[B, 3, H, W]`, `(pixels - 127.5) / 128`, to `faces` `[B, outputs]` or, for P-Net, `[B, outputs, MapH, MapW]`. */
export function detectorModel(name: DetectorNetName, get: GetWeight): Uint8Array {
  const { window, convs, dense, outputs }: DetectorNet = DETECTOR_NETS[name];
  const graph = new OnnxGraph();
  const constants = new Map(
    detectorWeights(name).map(({ name, shape }) => [name, graph.constant(get(name, shape), [...shape])]),
  );
  const layer = (op: "Conv" | "Gemm", layer: string, x: string, attributes = {}) =>
    graph.node(
      op,
      [
        x,
        constants.get(`${name}.${layer}.weight`) as string,
        constants.get(`${name}.${layer}.bias`) as string,
      ],
      attributes,
    );
  const [height, width] = dense ? [window, window] : ["H", "W"];
  let x = graph.input("images", "float32", ["B", 3, height, width]);
  for (const { name, stride } of convs) {
    x = graph.node("Relu", [layer("Conv", name, x, { strides: [stride, stride] })]);
  }
  if (!dense) {
    graph.output("faces", layer("Conv", "faces", x), "float32", ["B", outputs, "MapH", "MapW"]);
    return graph.encode();
  }
  const flat = graph.node("Flatten", [x], { axis: 1 });
  const units = graph.node("Relu", [layer("Gemm", "dense", flat, { transB: 1 })]);
  graph.output("faces", layer("Gemm", "faces", units, { transB: 1 }), "float32", ["B", outputs]);
  return graph.encode();
}
