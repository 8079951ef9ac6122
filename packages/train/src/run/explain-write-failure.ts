import { WriteError } from "@amface/files";
import { listCheckpoints, stepOf } from "./checkpoint.ts";
import type { RunFolder } from "./run-folder.ts";

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: "make room on the disk",
  EDQUOT: "make room in your quota",
  EROFS: "make the disk writable",
  EACCES: "make the folder writable",
  EPERM: "make the folder writable",
  EIO: "check the disk",
};

/** Adds to a write that failed how the run can go on; any other error is given back as it is. */
export async function explainWriteFailure(error: unknown, run: RunFolder): Promise<unknown> {
  const cause = error instanceof WriteError ? (error.cause as NodeJS.ErrnoException) : undefined;
  const remedy = REMEDIES[cause?.code ?? ""];
  if (remedy === undefined) return error;
  const newest = (await listCheckpoints(run.checkpoints).catch(() => [])).at(-1);
  const goOn =
    newest === undefined
      ? `${remedy} and start again`
      : `the checkpoint of step ${stepOf(newest)} is whole: ${remedy} and resume the run`;
  const { path } = error as WriteError;
  return new WriteError(path, new Error(`${cause?.message}; ${goOn}`, { cause: error }));
}
