import type * as tf from "@tensorflow/tfjs-core";

/** Measurements of one step, all before its update. */
export interface StepScalars {
  /** What was minimised: cross-entropy with weight decay, center loss and the distance to a teacher. */
  readonly loss: number;
  /** Cross-entropy, in nats, mean over the batch. */
  readonly crossEntropy: number;
  /** Share of the batch whose own identity has the largest cosine (logit of plain softmax), without the margin. */
  readonly accuracy: number;
  /** Mean cosine between embeddings and their own identity's class weights. */
  readonly targetCosine: number;
  /** Mean cosine between embeddings and the teacher's, where there is one. */
  readonly teacherCosine?: number;
  /** Length of the gradient of all trainable variables together, before clipping, weight decay in the loss included. */
  readonly gradientNorm: number;
}

/** What a step that is observed tells besides; lists of variables are in the order of `state.trainable`. */
export interface StepDetails {
  /** Angles θ in radians `[B]` between embeddings and their own identity's class weights. */
  readonly targetAngles: Float32Array;
  /** The same `[B]` with the nearest other identity's. */
  readonly otherAngles: Float32Array;
  /** Length of each trainable variable's gradient. */
  readonly gradientNorms: Float32Array;
  /** Length of each trainable variable before the update. */
  readonly weightNorms: Float32Array;
}

export interface StepResult extends StepScalars {
  /** Where the step is observed. */
  readonly details?: StepDetails;
}

/** What every micro-batch measures. */
type MicroBatchScalar = "loss" | "crossEntropy" | "accuracy" | "targetCosine";

/** By name; the gradient's norm with the last micro-batch, details where the step is observed, the cosine where there is a teacher. */
type ByName<T> = Readonly<
  Record<MicroBatchScalar, T> & Partial<Record<"gradientNorm" | "teacherCosine" | keyof StepDetails, T>>
>;

/** What a micro-batch measured, on the device. */
export type Measured = ByName<tf.Tensor>;

/** The same, read. */
export type Reading = ByName<Float32Array>;

/** The measurements of a step from those of its micro-batches, which are of one size. */
export function stepResult(readings: readonly Reading[]): StepResult {
  const { gradientNorm = [Number.NaN], gradientNorms, weightNorms } = readings[readings.length - 1];
  const mean = (name: MicroBatchScalar | "teacherCosine") =>
    readings.reduce((sum, reading) => sum + (reading[name]?.[0] ?? 0), 0) / readings.length;
  const all = (name: "targetAngles" | "otherAngles") =>
    Float32Array.from(readings.flatMap((reading) => [...(reading[name] ?? [])]));
  const scalars = {
    loss: mean("loss"),
    crossEntropy: mean("crossEntropy"),
    accuracy: mean("accuracy"),
    targetCosine: mean("targetCosine"),
    ...(readings[0].teacherCosine && { teacherCosine: mean("teacherCosine") }),
    gradientNorm: gradientNorm[0],
  };
  if (gradientNorms === undefined || weightNorms === undefined) return scalars;
  const angles = { targetAngles: all("targetAngles"), otherAngles: all("otherAngles") };
  return { ...scalars, details: { ...angles, gradientNorms, weightNorms } };
}
