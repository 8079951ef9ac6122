import assert from "node:assert/strict";
import { test } from "node:test";
import { TENSORFLOW } from "../../../src/files/tensorflow/tensorflow-names.ts";

/** Names as the reference's graph gives them: `slim.repeat` numbers its units, the second convolution of a unit is `Conv_1`. */
const REFERENCE = {
  resface20: [
    ["stage1/down", "kernel", "Resface/Conv1/Conv1_pre/weights"],
    ["stage2/unit2/conv1", "kernel", "Resface/Conv2/Conv2/Conv2_2/Conv/weights"],
    [
      "stage4/unit1/conv2/bn",
      "moving_variance",
      "Resface/Conv4/Conv4/Conv4_1/Conv_1/BatchNorm/moving_variance",
    ],
    ["embedding/bn", "gamma", "Resface/Bottleneck/BatchNorm/gamma"],
  ],
  resface36: [
    ["stage1/unit2/conv1", "kernel", "Resface/Conv1/Conv_1/Conv_1_2/Conv/weights"],
    ["stage3/unit8/conv2/prelu", "alpha", "Resface/Conv3/Conv_3/Conv_3_8/Conv_1/PRelu/prelu_alphas"],
    // Its last stage is not called as the others are.
    ["stage4/unit1/conv2", "kernel", "Resface/Conv4/Conv4/Conv4_1/Conv_1/weights"],
    ["embedding", "kernel", "Resface/Bottleneck/weights"],
  ],
  "lresnet50e-ir": [
    ["conv1", "kernel", "LResnetE_IR/Conv1/Conv1_pre/weights"],
    ["stage1/unit1/shortcut/bn", "beta", "LResnetE_IR/Conv2/Conv2_pre/shortcut_bn/beta"],
    ["stage3/unit14/conv2", "kernel", "LResnetE_IR/Conv4/Conv4_main/Conv4_main_13/Conv_1/weights"],
    ["embedding", "kernel", "LResnetE_IR/fc1/weights"],
  ],
} as const;

for (const [net, names] of Object.entries(REFERENCE)) {
  test(`weights of ${net} have the names of the reference's checkpoints`, () => {
    for (const [layer, weight, expected] of names) {
      assert.equal(TENSORFLOW.names(net as keyof typeof REFERENCE, layer, weight)[0], expected);
    }
  });
}
