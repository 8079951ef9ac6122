import type { Attrs } from "../kernel.ts";
import type { Lowering } from "../lowering.ts";

const ONNX: Readonly<Record<string, string>> = { relu: "Relu", sigmoid: "Sigmoid", elu: "Elu" };

/** Whether a fused kernel's activation has an ONNX form here; `prelu` brings weights of its own and has not. */
export function canActivate(attrs: Attrs): boolean {
  const activation = (attrs.activation ?? "linear") as string;
  return activation === "linear" || activation in ONNX;
}

export function applyActivation(cx: Lowering, name: string, attrs: Attrs): string {
  const opType = ONNX[attrs.activation as string];
  return opType ? cx.graph.node(opType, [name]) : name;
}
