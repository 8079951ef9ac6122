/** Weights that are missing, damaged or of another net. */
export class WeightsError extends Error {
  override readonly name = "WeightsError";
}
