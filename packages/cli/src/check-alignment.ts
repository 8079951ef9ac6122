import { AlignmentMismatchError, alignmentDifferences, readAlignment } from "@amface/images";
import type { OptionSpec } from "./command.ts";
import type { Model } from "./model.ts";
import type { Reporter } from "./reporter.ts";

/** `--allow-alignment-mismatch`, the same in every command that shows crops to a model. */
export const mismatchOption = {
  help: "take crops that were aligned in another way than those the model was trained on",
} as const satisfies OptionSpec;

/**
 * Checks that crops were made like those that a model was trained on, as far as both say how; warns where one of
 * them does not.
 *
 * @param path The model, as the user calls it.
 * @param cropsDir Folder of crops, with the record that `amface align` left there.
 * @param allowed Only warn of a mismatch.
 * @throws {AlignmentMismatchError} Where they were made otherwise and that is not allowed.
 */
export async function checkAlignment(
  { alignment }: Model,
  path: string,
  cropsDir: string,
  allowed: boolean,
  reporter: Reporter,
): Promise<void> {
  const crops = await readAlignment(cropsDir);
  if (alignment === undefined || crops === undefined) {
    const silent = alignment === undefined ? path : cropsDir;
    reporter.warn(`Cannot check the alignment: ${silent} does not say how its crops were made`);
    return;
  }
  const differences = alignmentDifferences(alignment, crops);
  if (differences === "") return;
  const mismatch =
    `Cannot match the crops in ${cropsDir} with ${path}: expected them aligned like those that it was trained on, ` +
    `got ${differences}`;
  if (!allowed) {
    throw new AlignmentMismatchError(
      `${mismatch}; align the photos again in that way, or pass --allow-alignment-mismatch`,
    );
  }
  reporter.warn(mismatch);
}
