import { UsageError } from "../command/command.ts";

/** A task of a Slurm array (`sbatch --array`). */
export interface ArrayTask {
  /** The array's, the same for all tasks and when one is requeued. */
  readonly job: string;
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/**
 * The task that Slurm started this process in.
 *
 * @returns `undefined` where it is none, or the only one.
 * @throws {UsageError} Where the tasks' numbers have gaps of different lengths, such as 1,3,9.
 */
export function arrayTask(environment: Readonly<Record<string, string | undefined>>): ArrayTask | undefined {
  const [id, count, min, max] = ["ID", "COUNT", "MIN", "MAX"].map((name) =>
    Number(environment[`SLURM_ARRAY_TASK_${name}`]),
  );
  if (environment.SLURM_ARRAY_TASK_ID === undefined || count === 1) return undefined;
  const index = ((id - min) / (max - min)) * (count - 1);
  if (Number.isInteger(index) && index >= 0 && index < count) {
    return { job: environment.SLURM_ARRAY_JOB_ID ?? "", index, count };
  }
  throw new UsageError(
    `Cannot share the work of a Slurm array: expected evenly spaced tasks, such as --array=0-7, got task ` +
      `${environment.SLURM_ARRAY_TASK_ID} of ${count} from ${min} to ${max}; --alone does all of it in each task`,
  );
}
