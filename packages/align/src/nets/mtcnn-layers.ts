import type { OnnxGraph } from "@amface/tfjs-backend-onnx";
import type { NetWeights } from "./mtcnn-weights.ts";

/*
 * The published weights were trained in Matlab, column-major, and their users run them on photos with x
 * and y swapped: a kernel is stored as [x, y, in, out], and a dense layer's rows run over [x, y, channel].
 * Here photos stay upright, [batch, channel, y, x], so the two axes of the weights are swapped instead.
 */

/** Channels that ONNX Runtime's blocked convolutions work on at once. */
const BLOCK = 16;

/** Channels filled up to whole blocks: without, some of R-Net's convolutions take half as long again. */
const filled = (channels: number) => (channels < BLOCK / 2 ? channels : Math.ceil(channels / BLOCK) * BLOCK);

/** Convolution without padding, stride 1, then a PReLU; returns the output's name. Channels are `filled` with zeros. */
export function convPrelu(
  graph: OnnxGraph,
  net: NetWeights,
  x: string,
  [conv, prelu]: readonly [string, string],
  [size, channelsIn, channelsOut]: readonly [number, number, number],
): string {
  const [inputs, outputs] = [filled(channelsIn), filled(channelsOut)];
  const weights = net.get(conv, "weights", [size, size, channelsIn, channelsOut]);
  const kernel = graph.constant(kernelOihw(weights, size, channelsIn, channelsOut), [
    outputs,
    inputs,
    size,
    size,
  ]);
  const vector = (values: Float32Array) => {
    const whole = new Float32Array(outputs);
    whole.set(values);
    return whole;
  };
  const bias = graph.constant(vector(net.get(conv, "biases", [channelsOut])), [outputs]);
  const y = graph.node("Conv", [x, kernel, bias]);
  // PReLU as `relu(y) - α·relu(-y)`, exactly. ONNX Runtime's own takes twice as long as the convolution before it;
  // factors a channel as convolutions of one value run in the layout of the convolutions around them.
  const scale = (map: string, factors: Float32Array) =>
    graph.node("Conv", [map, graph.constant(factors, [outputs, 1, 1, 1])], { group: outputs });
  const slopes = vector(net.get(prelu, "alpha", [channelsOut]));
  const negative = graph.node("Relu", [
    scale(
      y,
      slopes.map(() => -1),
    ),
  ]);
  const leak = scale(
    negative,
    slopes.map((slope) => -slope),
  );
  return graph.node("Add", [graph.node("Relu", [y]), leak]);
}

/** Dense layer over a map of `[channels, size, size]`, then a PReLU. */
export function densePrelu(
  graph: OnnxGraph,
  net: NetWeights,
  x: string,
  [dense, prelu]: readonly [string, string],
  [size, channels, units]: readonly [number, number, number],
): string {
  const weights = net.get(dense, "weights", [size * size * channels, units]);
  const flat = graph.node("Flatten", [x], { axis: 1 });
  const matrix = graph.constant(denseRows(weights, size, channels, units), [size * size * channels, units]);
  const bias = graph.constant(net.get(dense, "biases", [units]), [units]);
  const y = graph.node("Gemm", [flat, matrix, bias]);
  const slope = graph.constant(net.get(prelu, "alpha", [units]), [units]);
  return graph.node("PRelu", [y, slope]);
}

/** Max pooling by 2 that also keeps the last odd row and column (TensorFlow's `SAME`), or drops them. */
export function maxPool(graph: OnnxGraph, x: string, size: 2 | 3, padding: "same" | "valid"): string {
  const end = padding === "same" ? 1 : 0;
  return graph.node("MaxPool", [x], { kernel_shape: [size, size], strides: [2, 2], pads: [0, 0, end, end] });
}

/** An output layer: its name and its weights' shape, whose last two sizes are inputs and outputs. */
export interface Head {
  name: string;
  shape: readonly number[];
}

/** Joins output layers that share their input into one: a matrix `[inputs, columns]` and its bias. */
export function joinHeads(net: NetWeights, heads: readonly Head[]) {
  const inputs = heads[0].shape.at(-2) as number;
  const widths = heads.map(({ shape }) => shape.at(-1) as number);
  const columns = widths.reduce((sum, width) => sum + width, 0);
  const matrix = new Float32Array(inputs * columns);
  const bias = new Float32Array(columns);
  let column = 0;
  heads.forEach(({ name, shape }, i) => {
    const weights = net.get(name, "weights", shape);
    for (let r = 0; r < inputs; r++) {
      matrix.set(weights.subarray(r * widths[i], (r + 1) * widths[i]), r * columns + column);
    }
    bias.set(net.get(name, "biases", [widths[i]]), column);
    column += widths[i];
  });
  return { matrix, bias, columns };
}

/** `[x, y, in, out]` to `[out, in, y, x]`, both numbers of channels filled. */
function kernelOihw(
  weights: Float32Array,
  size: number,
  channelsIn: number,
  channelsOut: number,
): Float32Array {
  const inputs = filled(channelsIn);
  const result = new Float32Array(filled(channelsOut) * inputs * size * size);
  let source = 0;
  for (let x = 0; x < size; x++) {
    for (let y = 0; y < size; y++) {
      for (let i = 0; i < channelsIn; i++) {
        for (let o = 0; o < channelsOut; o++) {
          result[((o * inputs + i) * size + y) * size + x] = weights[source++];
        }
      }
    }
  }
  return result;
}

/** Rows over `[x, y, channel]` to rows over `[channel, y, x]`. */
function denseRows(weights: Float32Array, size: number, channels: number, units: number): Float32Array {
  const result = new Float32Array(weights.length);
  let source = 0;
  for (let x = 0; x < size; x++) {
    for (let y = 0; y < size; y++) {
      for (let c = 0; c < channels; c++) {
        const target = ((c * size + y) * size + x) * units;
        result.set(weights.subarray(source, source + units), target);
        source += units;
      }
    }
  }
  return result;
}
