import { ENGINES } from "@amface/engine";
import type { OptionSpec } from "./command.ts";

/** `--engine`, the same in every command that runs a net. */
export const engineOption = {
  value: "NAME",
  help: "onnx, tensorflow or cpu, or one with its device such as tensorflow:gpu [the fastest here]",
  parse: (text: string) => {
    const names = ENGINES.flatMap(({ name, device }) => [name, `${name}:${device}`]);
    if (names.includes(text)) return text;
    throw new RangeError(`expected one of ${[...new Set(names)].join(", ")}, got "${text}"`);
  },
} as const satisfies OptionSpec;
