import {
  AlignmentMismatchError,
  type AlignmentRecord,
  alignmentDifferences,
  parseAlignment,
  readAlignment,
} from "@amface/images";
import { readMetadata } from "@amface/nets";
import { modelFile } from "@amface/train";
import type { OptionSpec } from "../command/command.ts";
import type { Reporter } from "../command/reporter.ts";
import { isForeignModel } from "../foreign/foreign-model.ts";

/** `--allow-alignment-mismatch`, the same in every command that shows crops to a model. */
export const mismatchOption = {
  help: "accept crops aligned differently from those the model was trained on",
} as const satisfies OptionSpec;

interface CheckOptions {
  /** Only warn of a mismatch. */
  readonly allowed: boolean;
  readonly reporter: Pick<Reporter, "warn">;
}

/**
 * Checks that the crops of a folder were made like those that a model was trained on, by the record that
 * `amface align` left there.
 *
 * @param model Run directory or saved model, one that can be loaded.
 * @throws {AlignmentMismatchError} Where they were made otherwise and that is not allowed.
 */
export async function checkCropsFolder(model: string, dir: string, options: CheckOptions): Promise<void> {
  await checkAlignment(model, await readAlignment(dir), dir, options);
}

/**
 * Checks that crops were made like those that a model was trained on, as far as both say how; warns where one of
 * them does not.
 *
 * @param crops How they were made.
 * @param name What they are called in messages.
 * @throws {AlignmentMismatchError} Where they were made otherwise and that is not allowed.
 */
export async function checkAlignment(
  model: string,
  crops: AlignmentRecord | undefined,
  name: string,
  { allowed, reporter }: CheckOptions,
): Promise<void> {
  const trainedOn = await modelAlignment(model);
  if (trainedOn === undefined || crops === undefined) {
    const silent = trainedOn === undefined ? model : name;
    reporter.warn(`Cannot check the alignment: ${silent} does not say how its crops were made`);
    return;
  }
  requireAlignment(
    trainedOn,
    crops,
    name,
    `${model}: expected them aligned like those that it was trained on`,
    {
      allowed,
      reporter,
    },
  );
}

/**
 * Checks crops against the alignment that a threshold card holds for.
 *
 * @param card The card's path.
 * @param measured Its record, null where it has none.
 * @throws {AlignmentMismatchError} Where the crops were made otherwise and that is not allowed.
 */
export function checkCardAlignment(
  card: string,
  measured: unknown,
  crops: AlignmentRecord | undefined,
  name: string,
  options: CheckOptions,
): void {
  if (measured === null || crops === undefined) return; // the model's own check has told of it
  const record = parseAlignment(JSON.stringify(measured), card);
  requireAlignment(
    record,
    crops,
    name,
    `${card}: expected them aligned like those that it was measured on`,
    options,
  );
}

function requireAlignment(
  expected: AlignmentRecord,
  crops: AlignmentRecord,
  name: string,
  expectation: string,
  { allowed, reporter }: CheckOptions,
): void {
  const differences = alignmentDifferences(expected, crops);
  if (differences === "") return;
  const mismatch = `Cannot match the crops in ${name} with ${expectation}, got ${differences}`;
  if (!allowed) {
    throw new AlignmentMismatchError(
      `${mismatch}; align the photos again in that way (--weights, --min-size, …), or pass --allow-alignment-mismatch`,
    );
  }
  reporter.warn(mismatch);
}

/** How the crops were made that a model was trained on, where its file says so. */
async function modelAlignment(model: string): Promise<AlignmentRecord | undefined> {
  if (isForeignModel(model)) return undefined;
  const file = await modelFile(model);
  const { alignment } = await readMetadata(file);
  return alignment === undefined ? undefined : parseAlignment(alignment, file);
}
