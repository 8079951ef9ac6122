import { Tensor as OrtTensor } from "onnxruntime-common";

export { OrtTensor };

/** A tensor of ONNX Runtime's over `data`, which is not copied; bool as bytes 0 and 1. */
export function ortTensor(
  dtype: "float32" | "int32" | "bool",
  data: Float32Array | Int32Array | Uint8Array,
  dims: readonly number[],
): OrtTensor {
  return new OrtTensor(dtype as "float32", data as Float32Array, dims);
}

/** A shape as ONNX's operators take it. */
export const shapeTensor = (shape: readonly number[]): OrtTensor =>
  new OrtTensor("int64", BigInt64Array.from(shape, BigInt), [shape.length]);
