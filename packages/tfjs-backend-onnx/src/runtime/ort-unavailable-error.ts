/** ONNX Runtime is not there, or not as this package knows it; the message names the version that is. */
export class OrtUnavailableError extends Error {
  override readonly name = "OrtUnavailableError";
}
