import type { OptionSpec } from "./command.ts";

/** `--engine`, the same in every command that runs a net. */
export const engineOption = {
  value: "NAME",
  help: "onnx, tensorflow or cpu [the fastest here]",
} as const satisfies OptionSpec;
