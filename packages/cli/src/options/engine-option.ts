import { ENGINES } from "@amface/engine";
import type { OptionSpec } from "../command/command.ts";
import { integer, number } from "../command/parse.ts";

/** `--threads`, the same in every command that computes with several. */
export const threadsOption = {
  value: "N",
  help: "threads on the processor [one per core that may be used: affinity and quotas count]",
  parse: integer(1),
} as const satisfies OptionSpec;

const engineOption = {
  value: "NAME",
  help: "tensorflow, onnx, wasm or cpu, or one with its device such as onnx:webgpu [the fastest here; see amface doctor]",
  parse: (text: string) => {
    const names = ENGINES.flatMap(({ name, device }) => [name, `${name}:${device}`]);
    if (names.includes(text)) return text;
    throw new RangeError(`expected one of ${[...new Set(names)].join(", ")}, got "${text}"`);
  },
} as const satisfies OptionSpec;

/** `--engine` and `--threads`, the same in every command that runs a net. */
export const engineOptions = { engine: engineOption, threads: threadsOption } as const;

/** `--gpu-memory` of commands that train. */
export const gpuMemoryOption = {
  value: "SHARE",
  help: "share of the GPU's memory that TensorFlow takes at once, in (0, 1], or grow [grow]",
  parse: (text: string): number | "grow" => {
    if (text === "grow") return text;
    const share = number(0, 1)(text);
    if (share > 0) return share;
    throw new RangeError(`expected a share above 0, or grow, got "${text}"`);
  },
} as const satisfies OptionSpec;
