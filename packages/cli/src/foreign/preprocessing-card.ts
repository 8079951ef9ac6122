import { readFile } from "node:fs/promises";
import { jsonShape, parseJson, writeFileAtomic } from "@amface/files";
import { channelsOf, type Preprocessing } from "./preprocessing.ts";

/** Where the preprocessing card of a model lies: beside it, under its name. */
export const preprocessingCardPath = (model: string) =>
  `${model.replace(/\.(onnx|json)$/i, "")}.preprocessing.json`;

const FORMAT = { format: "amface-preprocessing-card", version: 1 } as const;

const { fields, listOf, number, oneOf, optional, text } = jsonShape;

const CARD = fields<Preprocessing & typeof FORMAT>({
  format: oneOf(FORMAT.format),
  version: oneOf(FORMAT.version),
  channels: optional(oneOf("rgb", "bgr", "grey")),
  mean: optional(listOf(number)),
  scale: optional(listOf(number)),
  whiten: optional((value, field) =>
    typeof value === "boolean" ? undefined : `${field}: expected true or false, got ${JSON.stringify(value)}`,
  ),
  imageSize: optional(listOf(number, 2)),
  layout: optional(oneOf("nchw", "nhwc")),
  output: optional(text),
});

/** @throws {WriteError} When the place is not writable. */
export async function writePreprocessingCard(model: string, settings: Preprocessing): Promise<string> {
  const path = preprocessingCardPath(model);
  await writeFileAtomic(path, `${JSON.stringify({ ...FORMAT, ...settings }, null, 2)}\n`);
  return path;
}

/**
 * Reads a model's preprocessing card.
 *
 * @returns `undefined` where it has none.
 * @throws {Error} When the card is damaged; the message names the field that is wrong.
 */
export async function readPreprocessingCard(model: string): Promise<Preprocessing | undefined> {
  const path = preprocessingCardPath(model);
  try {
    const json = await readFile(path, "utf8");
    const { format, version, ...settings } = parseJson<Preprocessing & typeof FORMAT>(json, CARD);
    checkPreprocessing(settings);
    return settings;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`Cannot read the preprocessing card ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Largest side of an image. */
const LARGEST = 4096;

/** @throws {RangeError} Where numbers are too many, too large or none. */
export function checkPreprocessing({ channels, mean, scale, whiten, imageSize }: Preprocessing): void {
  if (whiten && (mean ?? scale) !== undefined) {
    throw new RangeError(
      "whiten: expected no mean and scale beside it, which it takes from each image, got both",
    );
  }
  if (scale?.includes(0))
    throw new RangeError(`scale: expected numbers other than 0, got ${scale.join(",")}`);
  for (const [name, values] of Object.entries({ mean, scale })) {
    const count = channelsOf(channels);
    if (values === undefined || ([1, count].includes(values.length) && values.every(Number.isFinite)))
      continue;
    const expected = count === 1 ? "one number" : `one number, or one for each of ${count} channels`;
    throw new RangeError(`${name}: expected ${expected}, got ${values.join(",")}`);
  }
  if (imageSize?.every((size) => Number.isInteger(size) && size >= 1 && size <= LARGEST) === false) {
    throw new RangeError(
      `imageSize: expected whole numbers from 1 to ${LARGEST}, got ${imageSize.join(",")}`,
    );
  }
}
