import type { DataType } from "@tensorflow/tfjs-core";

/** Tensor contents that ONNX Runtime can take: float32, int32, and bool as bytes 0 and 1. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** The tensor types that have an ONNX form here; strings and complex numbers stay in JavaScript. */
export type NumericType = "float32" | "int32" | "bool";

export function isNumeric(dtype: DataType): dtype is NumericType {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}

const ARRAY = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Memory for a tensor, all zeros. */
export const arrayOf = (dtype: NumericType, length: number): Numbers => new ARRAY[dtype](length);
