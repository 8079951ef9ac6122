import type { Call, OnnxKernel } from "../lazy/kernel.ts";
import { Channels } from "./channels.ts";

const isVectors = ({ inputs: [x, ...vectors] }: Call) =>
  x.dtype === "float32" &&
  vectors.every(
    ({ dtype, shape }) => dtype === "float32" && shape.length === 1 && shape[0] === x.shape.at(-1),
  );

/** Batch normalization with given statistics, rank 4. */
const fusedBatchNorm: OnnxKernel = {
  name: "FusedBatchNorm",
  inputs: ["x", "mean", "variance", "offset?", "scale?"],
  elementwise: true,
  infer: (call) => (isVectors(call) ? call.inputs[0] : undefined),
  lower(cx, inputs, attrs) {
    const given = attrs.given as string[];
    const [x, mean, variance] = inputs;
    const channels = new Channels(cx, x);
    const vector = (name: string, missing: number) => {
      const value = inputs[given.indexOf(name)];
      if (value) return cx.get(value);
      return cx.graph.constant(new Float32Array(mean.shape[0]).fill(missing), mean.shape);
    };
    const name = channels.normalize(
      cx.get(x, channels.layout),
      vector("scale", 1),
      vector("offset", 0),
      cx.get(mean),
      cx.get(variance),
      attrs.varianceEpsilon as number,
    );
    return { name, layout: channels.layout };
  },
};

export const normKernels: readonly OnnxKernel[] = [fusedBatchNorm];
