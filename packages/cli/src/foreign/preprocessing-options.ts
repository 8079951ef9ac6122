import type { OptionSpec, OptionValues } from "../command/command.ts";
import { integer, numbers, oneOf } from "../command/parse.ts";
import { PRESETS, type Preprocessing, type PresetName } from "./preprocessing.ts";

/** Numbers joined by commas, or one for all; fractions such as `1/127.5` too. */
function fractions(text: string): number[] {
  return text.split(",").map((part) => {
    const [over, under = "1", ...more] = part.trim().split("/");
    const value = Number(over) / Number(under);
    if (over !== "" && under !== "" && more.length === 0 && Number.isFinite(value)) return value;
    throw new RangeError(`expected numbers such as 0.5 or 1/127.5, joined by commas, got "${text}"`);
  });
}

/** Options that say how images are prepared for another program's model. */
export const preprocessingOptions = {
  "input-preset": {
    value: "NAME",
    heading: "Images for --model F.onnx or model.json, remembered beside it",
    help: `as a program prepares them: ${Object.keys(PRESETS).join(", ")}`,
    parse: oneOf(...(Object.keys(PRESETS) as PresetName[])),
  },
  "input-channels": {
    value: "ORDER",
    help: "order of the channels: rgb, bgr or grey [rgb]",
    parse: oneOf("rgb", "bgr", "grey"),
  },
  "input-mean": {
    value: "M",
    help: "taken off the pixels 0..255: 127.5, or one a channel",
    parse: fractions,
  },
  "input-scale": {
    value: "S",
    help: "what they are multiplied by then: 1/127.5, or one a channel",
    parse: fractions,
  },
  "input-size": {
    value: "H,W",
    help: "height and width, where the model leaves them free",
    parse: (text: string) => numbers(2, integer(1, 4096))(text) as [number, number],
  },
  "input-layout": {
    value: "AXES",
    help: "nchw or nhwc, where the model's shape does not tell",
    parse: oneOf("nchw", "nhwc"),
  },
  "output-name": { value: "NAME", help: "the output that is the embedding, of several" },
} as const satisfies Record<string, OptionSpec>;

export type PreprocessingValues = Partial<OptionValues<typeof preprocessingOptions>>;

/** What the options say, `undefined` where that is nothing. */
export function askedPreprocessing(
  values: PreprocessingValues,
): { readonly settings: Preprocessing; readonly isPreset: boolean } | undefined {
  const preset = values["input-preset"];
  const settings: Preprocessing = {
    ...(preset !== undefined && PRESETS[preset]),
    ...defined({
      channels: values["input-channels"],
      mean: values["input-mean"],
      scale: values["input-scale"],
      imageSize: values["input-size"],
      layout: values["input-layout"],
      output: values["output-name"],
    }),
  };
  return Object.keys(settings).length === 0 ? undefined : { settings, isPreset: preset !== undefined };
}

function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
