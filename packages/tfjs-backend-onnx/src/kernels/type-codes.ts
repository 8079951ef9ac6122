import type { NumericType } from "../lazy-graph.ts";

/** Codes of `TensorProto.DataType` in the ONNX specification, which `Cast` takes. */
export const CODE: Readonly<Record<NumericType, number>> = { float32: 1, int32: 6, bool: 9 };
