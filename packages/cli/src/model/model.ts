import { NET_NAMES } from "@amface/nets";
import type { OptionSpec } from "../command/command.ts";
import { oneOf } from "../command/parse.ts";

export { loadModel } from "@amface/train";

/** `--net`, in every command that takes `--model`. */
export const netOption = {
  value: "NAME",
  help: "net of --model, if it is another program's weights: PyTorch's (.pth, .pt, .ckpt, .safetensors), or a TensorFlow checkpoint",
  parse: oneOf(...NET_NAMES),
} as const satisfies OptionSpec;
