import { OnnxGraph } from "@amface/tfjs-backend-onnx";
import { convPrelu, densePrelu, type Head, joinHeads, maxPool } from "./mtcnn-layers.ts";
import type { NetWeights } from "./mtcnn-weights.ts";

/*
 * The three nets of MTCNN (Zhang et al. 2016, arXiv:1604.02878) as ONNX models. Input `images` is float32
 * `[B, 3, H, W]`, `(pixels - 127.5) / 128`; output `faces` holds, for every window, the logits of "no face"
 * and "face", then four box offsets (x1, y1, x2, y2 as fractions of the box), for O-Net then five x and five y of the
 * landmarks (fractions of the box).
 */

/** P-Net, fully convolutional: `[B, 3, H, W]` to `[B, 6, ⌈(H-2)/2⌉-4, ⌈(W-2)/2⌉-4]`. */
export function pnetModel(net: NetWeights): Uint8Array {
  const graph = new OnnxGraph();
  let x = graph.input("images", "float32", ["B", 3, "H", "W"]);
  x = convPrelu(graph, net, x, ["conv1", "PReLU1"], [3, 3, 10]);
  x = maxPool(graph, x, 2, "same");
  x = convPrelu(graph, net, x, ["conv2", "PReLU2"], [3, 10, 16]);
  x = convPrelu(graph, net, x, ["conv3", "PReLU3"], [3, 16, 32]);
  const heads = joinHeads(net, [
    { name: "conv4-1", shape: [1, 1, 32, 2] },
    { name: "conv4-2", shape: [1, 1, 32, 4] },
  ]);
  const kernel = graph.constant(transpose(heads.matrix, 32, heads.columns), [heads.columns, 32, 1, 1]);
  x = graph.node("Conv", [x, kernel, graph.constant(heads.bias, [heads.columns])]);
  graph.output("faces", x, "float32", ["B", heads.columns, "MapH", "MapW"]);
  return graph.encode();
}

/** R-Net: `[B, 3, 24, 24]` to `[B, 6]`. */
export function rnetModel(net: NetWeights): Uint8Array {
  const graph = new OnnxGraph();
  let x = graph.input("images", "float32", ["B", 3, 24, 24]);
  x = convPrelu(graph, net, x, ["conv1", "prelu1"], [3, 3, 28]);
  x = maxPool(graph, x, 3, "same");
  x = convPrelu(graph, net, x, ["conv2", "prelu2"], [3, 28, 48]);
  x = maxPool(graph, x, 3, "valid");
  x = convPrelu(graph, net, x, ["conv3", "prelu3"], [2, 48, 64]);
  x = densePrelu(graph, net, x, ["conv4", "prelu4"], [3, 64, 128]);
  return withHeads(graph, x, net, [
    { name: "conv5-1", shape: [128, 2] },
    { name: "conv5-2", shape: [128, 4] },
  ]);
}

/** O-Net: `[B, 3, 48, 48]` to `[B, 16]`. */
export function onetModel(net: NetWeights): Uint8Array {
  const graph = new OnnxGraph();
  let x = graph.input("images", "float32", ["B", 3, 48, 48]);
  x = convPrelu(graph, net, x, ["conv1", "prelu1"], [3, 3, 32]);
  x = maxPool(graph, x, 3, "same");
  x = convPrelu(graph, net, x, ["conv2", "prelu2"], [3, 32, 64]);
  x = maxPool(graph, x, 3, "valid");
  x = convPrelu(graph, net, x, ["conv3", "prelu3"], [3, 64, 64]);
  x = maxPool(graph, x, 2, "same");
  x = convPrelu(graph, net, x, ["conv4", "prelu4"], [2, 64, 128]);
  x = densePrelu(graph, net, x, ["conv5", "prelu5"], [3, 128, 256]);
  return withHeads(graph, x, net, [
    { name: "conv6-1", shape: [256, 2] },
    { name: "conv6-2", shape: [256, 4] },
    { name: "conv6-3", shape: [256, 10] },
  ]);
}

function withHeads(graph: OnnxGraph, x: string, net: NetWeights, heads: readonly Head[]): Uint8Array {
  const { matrix, bias, columns } = joinHeads(net, heads);
  const weights = graph.constant(matrix, [heads[0].shape[0], columns]);
  const y = graph.node("Gemm", [x, weights, graph.constant(bias, [columns])]);
  graph.output("faces", y, "float32", ["B", columns]);
  return graph.encode();
}

function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c];
  }
  return result;
}
