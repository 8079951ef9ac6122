import type { OnnxKernel } from "../kernel.ts";
import { NCHW, orderOf, sameLayout } from "../layouts.ts";

/** Batch normalization with given statistics, rank 4. */
const fusedBatchNorm: OnnxKernel = {
  name: "FusedBatchNorm",
  inputs: ["x", "mean", "variance", "offset?", "scale?"],
  infer({ inputs }) {
    const ok =
      inputs.every(({ dtype }) => dtype === "float32") &&
      inputs.slice(1).every(({ shape }) => shape.length === 1 && shape[0] === inputs[0].shape.at(-1));
    return ok ? inputs[0] : undefined;
  },
  lower(cx, inputs, attrs) {
    const { graph } = cx;
    const given = attrs.given as string[];
    const [x, mean, variance] = inputs;
    const epsilon = attrs.varianceEpsilon as number;
    const channels = mean.shape[0];
    const vector = (name: string, missing: number) => {
      const value = inputs[given.indexOf(name)];
      return value ? cx.get(value) : graph.constant(new Float32Array(channels).fill(missing), [channels]);
    };
    const layout = cx.layoutOf(x);
    if (sameLayout(layout, NCHW)) {
      const names = [
        cx.get(x, layout),
        vector("scale", 1),
        vector("offset", 0),
        cx.get(mean),
        cx.get(variance),
      ];
      return { name: graph.node("BatchNormalization", names, { epsilon: { float: epsilon } }), layout };
    }
    // In other layouts: x · k + (offset - mean · k) with k = scale / sqrt(variance + epsilon).
    const deviation = graph.node("Sqrt", [graph.node("Add", [cx.get(variance), graph.float(epsilon)])]);
    const factor = graph.node("Div", [vector("scale", 1), deviation]);
    const shift = graph.node("Sub", [vector("offset", 0), graph.node("Mul", [cx.get(mean), factor])]);
    const axis = orderOf(layout, x.shape.length).indexOf(x.shape.length - 1);
    const aligned = (name: string) =>
      axis === x.shape.length - 1
        ? name
        : cx.reshape(
            name,
            x.shape.map((_, i) => (i === axis ? channels : 1)),
          );
    const product = graph.node("Mul", [cx.get(x, layout), aligned(factor)]);
    return { name: graph.node("Add", [product, aligned(shift)]), layout };
  },
};

export const normKernels: readonly OnnxKernel[] = [fusedBatchNorm];
