import type { OpenBytes } from "@amface/files";
import { jsonShape, parseJson } from "@amface/files";
import type { Inspected } from "./inspected.ts";

/** Longest `model.json` that is read; it holds no values. */
const LONGEST = 2 ** 27;

const { anything, fields, listOf, number, optional, text } = jsonShape;

interface TfjsModel {
  readonly format?: string;
  readonly generatedBy?: string;
  readonly convertedBy?: string;
  readonly modelTopology: unknown;
  readonly userDefinedMetadata?: unknown;
  readonly weightsManifest: readonly {
    readonly weights: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly dtype: string;
    }[];
  }[];
}

const MODEL = fields<TfjsModel>({
  format: optional(text),
  generatedBy: anything,
  convertedBy: anything,
  modelTopology: fields<object>({}),
  userDefinedMetadata: anything,
  weightsManifest: listOf(
    fields<TfjsModel["weightsManifest"][number]>({
      weights: listOf(
        fields<TfjsModel["weightsManifest"][number]["weights"][number]>({
          name: text,
          shape: listOf(number),
          dtype: text,
        }),
      ),
    }),
  ),
});

/**
 * TensorFlow.js's `model.json`.
 *
 * @throws {Error} Where it is other JSON.
 */
export function inspectJson(bytes: OpenBytes, path: string): Inspected {
  if (bytes.size > LONGEST) {
    throw new Error(
      `Cannot read ${path}: expected a model.json of at most ${LONGEST} bytes, got ${bytes.size}`,
    );
  }
  let model: TfjsModel;
  try {
    model = parseJson(new TextDecoder().decode(bytes.read(0, bytes.size)), MODEL);
  } catch (cause) {
    const got = (cause as Error).message.replaceAll(/\s+/g, " ").slice(0, 300);
    throw new Error(`Cannot read ${path} as TensorFlow.js's model.json: ${got}`, { cause });
  }
  const entries = Object.entries({
    generatedBy: model.generatedBy,
    convertedBy: model.convertedBy,
    ...(typeof model.userDefinedMetadata === "object" && model.userDefinedMetadata),
  });
  const shown = (value: unknown) =>
    (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 1000);
  return {
    format: `TensorFlow.js's ${model.format ?? "layers-model"}`,
    tensors: model.weightsManifest.flatMap(({ weights }) => weights),
    metadata: Object.fromEntries(
      entries.flatMap(([key, value]) => (value === undefined || value === null ? [] : [[key, shown(value)]])),
    ),
    isNet: false,
  };
}
