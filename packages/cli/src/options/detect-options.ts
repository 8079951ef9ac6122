import { type DetectOptions, FACE_RULES } from "@amface/align";
import type { OptionSpec, OptionValues } from "../command/command.ts";
import { integer, number, numbers, oneOf } from "../command/parse.ts";

/** Options of everything that detects faces. */
export const detectOptions = {
  weights: {
    value: "DIR",
    help: "folder of other weights: MTCNN's det1.npy, det2.npy and det3.npy, or a detector.safetensors [amface's own]",
  },
  "min-size": { value: "PX", help: "side of the smallest face to detect", parse: integer(1), default: "20" },
  thresholds: {
    value: "P,R,O",
    help: "minimum scores of P-, R- and O-Net",
    parse: numbers(3, number(0, 1)),
    default: ".6,.7,.7",
  },
  "scale-factor": {
    value: "F",
    help: "ratio of the image pyramid's levels",
    parse: number(0.1, 0.99),
    default: ".709",
  },
  "look-once": { help: "do not look again, more closely, at a photo in which no face is found" },
} as const;

/** `--face-rule` of what takes one face of a photo. */
export const faceRuleOption = {
  value: "RULE",
  help: "main face of a photo: weighted by size, score and place, or as the reference chooses",
  parse: oneOf(...FACE_RULES),
  default: "weighted",
} as const satisfies OptionSpec;

/** The same as `@amface/align` takes them. */
export function toDetectOptions(values: OptionValues<typeof detectOptions>): Required<DetectOptions> {
  return {
    minSize: values["min-size"],
    thresholds: values.thresholds as [number, number, number],
    scaleFactor: values["scale-factor"],
    lookOnce: values["look-once"],
  };
}
