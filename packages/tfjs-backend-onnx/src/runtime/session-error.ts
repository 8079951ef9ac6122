import { OrtUnavailableError } from "./ort-unavailable-error.ts";

/** Nodes are called after the TensorFlow.js kernel that they come from and a number; ONNX Runtime repeats that. */
const NODE_NAME = /(?:Name:'|Node[ :]\(|In Node, \(")(\w+)#\d+/;

/**
 * What ONNX Runtime threw when it was to compile or to run a model, with the TensorFlow.js kernel to which the
 * node at fault belongs.
 */
export function sessionError(doing: "compile" | "run", cause: unknown): Error {
  if (cause instanceof OrtUnavailableError) return cause;
  const { message } = cause as Error;
  const kernel = NODE_NAME.exec(message)?.[1];
  return new Error(`Cannot ${doing} ${kernel ? `TensorFlow.js's ${kernel}` : "a model"}: ${message}`, {
    cause,
  });
}
