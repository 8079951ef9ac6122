import { isDeepStrictEqual } from "node:util";
import { UsageError } from "../command/command.ts";
import type { Reporter } from "../command/reporter.ts";
import { type ForeignModel, isOnnxModel } from "./foreign-model.ts";
import { openLayersModel } from "./layers-model.ts";
import { openOnnxModel } from "./onnx-model.ts";
import { isKnown, PRESETS, type Preprocessing } from "./preprocessing.ts";
import { checkPreprocessing, readPreprocessingCard, writePreprocessingCard } from "./preprocessing-card.ts";
import { askedPreprocessing, type PreprocessingValues } from "./preprocessing-options.ts";

/**
 * Opens another program's model, whose images are prepared as the options say, or the card beside it, which gets what
 * they say. An engine runs already.
 *
 * @throws {UsageError} Where neither says how, or what they say does not fit together.
 * @throws {Error} Where the model cannot be run.
 */
export async function openForeignModel(
  path: string,
  values: PreprocessingValues,
  reporter: Reporter,
): Promise<ForeignModel> {
  const card = await readPreprocessingCard(path);
  const asked = askedPreprocessing(values);
  const settings: Preprocessing = { ...kept(card, asked), ...asked?.settings };
  if (!isKnown(settings)) {
    throw new UsageError(
      `Cannot tell what values ${path} takes: expected --input-preset ${Object.keys(PRESETS).join(" or ")}, or --input-mean and ` +
        "--input-scale, or the card that an earlier call wrote beside it, got none of these",
    );
  }
  try {
    checkPreprocessing(settings);
  } catch (cause) {
    throw new UsageError(`Cannot prepare images for ${path}: ${(cause as Error).message}`, { cause });
  }
  const model = await (isOnnxModel(path) ? openOnnxModel : openLayersModel)(path, settings);
  if (asked !== undefined && !isDeepStrictEqual(card, settings)) await remember(path, settings, reporter);
  return model;
}

/** What the card says beside what is asked for: a preset stands for itself, and numbers replace whitening. */
function kept(
  card: Preprocessing | undefined,
  asked: ReturnType<typeof askedPreprocessing>,
): Preprocessing | undefined {
  if (asked?.isPreset) return undefined;
  if (asked?.settings.mean === undefined && asked?.settings.scale === undefined) return card;
  const { whiten, ...others } = card ?? {};
  return others;
}

/** Writes the card; where the folder is not writable, options must be given again. */
async function remember(path: string, settings: Preprocessing, reporter: Reporter): Promise<void> {
  try {
    const card = await writePreprocessingCard(path, settings);
    reporter.say(`${card} remembers how images are prepared for ${path}`);
  } catch (error) {
    reporter.warn(`${(error as Error).message}; the options must be given with every call`);
  }
}
