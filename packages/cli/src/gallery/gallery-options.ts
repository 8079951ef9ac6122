import { mismatchOption } from "../model/check-alignment.ts";
import { modelOption } from "../model/choose-model.ts";
import { modelOptions } from "../model/model.ts";
import { detectOptions, faceRuleOption } from "../options/detect-options.ts";
import { engineOptions } from "../options/engine-option.ts";

/** Options of everything that finds and embeds the faces of photos. */
export const photoOptions = {
  model: modelOption,
  ...detectOptions,
  "face-rule": faceRuleOption,
  "allow-alignment-mismatch": mismatchOption,
  ...engineOptions,
  ...modelOptions,
} as const;

/** Options of everything that embeds photos for a gallery. */
export const galleryOptions = {
  gallery: { value: "FILE", help: "the gallery: an Arrow stream", required: true },
  ...photoOptions,
} as const;
