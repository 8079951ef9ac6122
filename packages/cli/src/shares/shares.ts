/** What one process made of a command's work. */
export interface Part<T> {
  /** Must survive JSON. */
  readonly value: T;
  readonly data?: Float32Array;
}

/** A command's work, shared by processes that MPI or a Slurm array started. */
export interface Shares {
  /** This process's number, from 0. */
  readonly index: number;
  readonly count: number;
  /** Threads for it, where it has a machine together with others. */
  readonly threads: number | undefined;
  /** A folder of all processes for parts that are files; removed once the result is made. Absent for one process. */
  readonly folder: string | undefined;

  /**
   * Makes this process's part, and takes all of them together in one process. Once in a command, and the last thing
   * that all processes do.
   *
   * @param work Not called where an interrupted run of the same task has made the part.
   * @returns All parts in their order, in the process that is to make the result of them.
   * @throws {ResultElsewhere} In the others.
   */
  meet<T>(work: () => Promise<Part<T>>): Promise<readonly Part<T>[]>;
}

/** Another process makes the result. */
export class ResultElsewhere extends Error {
  override readonly name = "ResultElsewhere";
}

/** All of the work in this process. */
export const ALONE: Shares = {
  ...{ index: 0, count: 1, threads: undefined, folder: undefined },
  meet: async (work) => [await work()],
};

/**
 * The items of a list that fall to a process: as many as to any other, or `unit` fewer, one after the other.
 *
 * @param unit Items that stay together, such as a batch.
 */
export function rangeOf(
  total: number,
  { index, count }: Pick<Shares, "index" | "count">,
  unit = 1,
): { readonly from: number; readonly to: number } {
  const units = Math.ceil(total / unit);
  const at = (share: number) => Math.min(total, Math.floor((share * units) / count) * unit);
  return { from: at(index), to: at(index + 1) };
}
