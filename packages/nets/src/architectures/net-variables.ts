import type { Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** A variable of a net under the name that files know it by. */
export interface NetVariable {
  /** Layer and weight, `stage1/down/kernel`; the same in every process, unlike TensorFlow.js's own names. */
  readonly name: string;
  readonly variable: Variable;
  /** Whether gradients change it: not the moving statistics of batch normalisation, nor a scale that is fixed. */
  readonly trainable: boolean;
  /** Of a moving statistic, the share that a step keeps. */
  readonly momentum?: number;
}

/** All variables of a net, in the order of its layers. They belong to the net. */
export function netVariables(model: LayersModel): NetVariable[] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((weight) => ({
      name: weight.originalName,
      variable: weight.read() as Variable,
      trainable: weight.trainable,
      ...(isStatistic(weight.originalName) && {
        momentum: (layer as unknown as { readonly momentum: number }).momentum,
      }),
    })),
  );
}

/** A scale that is fixed is not trained either, but is none. */
const isStatistic = (name: string) => /\/moving_(mean|variance)$/.test(name);

/**
 * The variables that weight decay covers: kernels of convolutions, depthwise ones among them, and of dense layers.
 * Batch normalisation, PReLU slopes and biases are left alone.
 */
export function kernels(model: LayersModel): NetVariable[] {
  return netVariables(model).filter(({ name }) => /\/(depthwise_)?kernel$/.test(name));
}
