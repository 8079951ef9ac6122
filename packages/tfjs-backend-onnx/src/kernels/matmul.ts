import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Call, Emitter, Meta, OnnxKernel, Value } from "../lazy/kernel.ts";
import { applyActivation, canActivate } from "./activation.ts";

function inferMatMul({ inputs: [a, b], attrs }: Call): Meta | undefined {
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const [rows, innerA] = matrix(a.shape, attrs.transposeA as boolean);
  const [innerB, columns] = matrix(b.shape, attrs.transposeB as boolean);
  if (innerA !== innerB) {
    throw new Error(
      `Error in matMul: inner shapes (${innerA}) and (${innerB}) of Tensors with shapes ${a.shape} and ${b.shape} ` +
        `and transposeA=${attrs.transposeA} and transposeB=${attrs.transposeB} must match.`,
    );
  }
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { shape: [...batch, rows, columns], dtype: "float32" };
}

function matrix(shape: readonly number[], transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

function emitMatMul(cx: Emitter, a: Value, b: Value, attrs: Attrs): string {
  const transA = attrs.transposeA ? 1 : 0;
  const transB = attrs.transposeB ? 1 : 0;
  const names = [cx.get(a), cx.get(b)];
  if (a.shape.length === 2 && b.shape.length === 2) return cx.graph.node("Gemm", names, { transA, transB });
  if (!transA && !transB) return cx.graph.node("MatMul", names);
  if (!attrs.portable) return cx.graph.node("com.microsoft.FusedMatMul", names, { transA, transB });
  return cx.graph.node("MatMul", [transA ? turned(cx, a) : names[0], transB ? turned(cx, b) : names[1]]);
}

/** `x` with its last two axes swapped. */
function turned(cx: Emitter, x: Value): string {
  const rank = x.shape.length;
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return cx.transpose(cx.get(x), [...axes, rank - 1, rank - 2]);
}

export const matMulKernels: readonly OnnxKernel[] = [
  {
    name: "BatchMatMul",
    inputs: ["a", "b"],
    infer: inferMatMul,
    lower: (cx, [a, b], attrs) => ({ name: emitMatMul(cx, a, b, attrs) }),
  },
  {
    name: "_FusedMatMul",
    inputs: ["a", "b", "bias?", "preluActivationWeights?"],
    infer: (call) => (canActivate(call.attrs) ? inferMatMul(call) : undefined),
    lower(cx, inputs, attrs, [y]) {
      const bias = inputs[(attrs.given as string[]).indexOf("bias")];
      let name = emitMatMul(cx, inputs[0], inputs[1], attrs);
      if (bias) name = cx.graph.node("Add", [name, cx.get(bias)]);
      return applyActivation(cx, { name }, inputs, attrs, y);
    },
  },
];
