/** Precision of the net's convolutions in a training step. */
export const PRECISIONS = ["float32", "float16"] as const;
export type Precision = (typeof PRECISIONS)[number];
