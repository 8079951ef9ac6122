export { type AmSoftmaxOptions, amSoftmaxLogits } from "./am-softmax.ts";
export { cosineLogits } from "./cosine-logits.ts";
export { crossEntropy } from "./cross-entropy.ts";
export { l2Normalize } from "./l2-normalize.ts";
export { l2Penalty } from "./l2-penalty.ts";
