import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WriteError, writeFileAtomic } from "@amface/files";
import {
  ALIGNMENT_FILE,
  AlignmentMismatchError,
  type AlignmentRecord,
  alignmentDifferences,
  formatAlignment,
  readAlignment,
} from "@amface/images";

/**
 * Writes the record into a folder of crops, or checks it against the one that is there. Several processes may
 * do so at the same time.
 *
 * @throws {AlignmentMismatchError} When the folder holds crops that were made differently.
 * @throws {WriteError} When the folder is not writable.
 */
export async function recordAlignment(dir: string, record: AlignmentRecord): Promise<void> {
  if ((await readAlignment(dir)) === undefined) await writeRecord(dir, record);
  const earlier = await readAlignment(dir);
  // Records without them are of before there was another rule, and a second look.
  const old = { rule: "reference", looks: "once" } as const;
  const differences = earlier && alignmentDifferences({ ...old, ...earlier }, record, "all");
  if (differences) {
    throw new AlignmentMismatchError(
      `Cannot align into ${dir}: expected settings like those of the crops that are there (${ALIGNMENT_FILE}), ` +
        `got ${differences}; choose another folder or delete this one`,
    );
  }
}

async function writeRecord(dir: string, record: AlignmentRecord): Promise<void> {
  const path = join(dir, ALIGNMENT_FILE);
  try {
    await writeFileAtomic(path, formatAlignment(record));
  } catch (error) {
    // Another process that had written its record has cleared away this one's temporary file.
    const isThere = await readFile(path).then(
      () => true,
      () => false,
    );
    if (!(error instanceof WriteError && isThere)) throw error;
  }
}
