/** What a launcher tells of the processes that it started. */
export interface Launch {
  /** Whose `mpirun` or `srun` plugin it is, as far as that shows. */
  readonly implementation: "Open MPI" | "MPICH" | undefined;
  readonly size: number;
  readonly local: { readonly rank: number; readonly size: number } | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What started this process among others: Open MPI's `mpirun`, MPICH's, or Slurm's `srun`.
 *
 * @returns `undefined` where nothing did.
 */
export function findLaunch(environment: Environment = process.env): Launch | undefined {
  const numbers = (...names: string[]) => {
    const found = names.map((name) => Number.parseInt(environment[name] ?? "", 10));
    return found.every(Number.isInteger) ? found : undefined;
  };
  const local = (rank: string, size: string) => {
    const found = numbers(rank, size);
    return found && { rank: found[0], size: found[1] };
  };
  const open = numbers("OMPI_COMM_WORLD_SIZE");
  if (open) {
    return {
      ...{ implementation: "Open MPI", size: open[0] },
      local: local("OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    };
  }
  const slurm = local("SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE");
  const hydra = numbers("PMI_SIZE");
  if (hydra) {
    const own = local("MPI_LOCALRANKID", "MPI_LOCALNRANKS");
    return { implementation: "MPICH", size: hydra[0], local: own ?? slurm };
  }
  // `srun --mpi=pmix`. A batch script has SLURM_PROCID too, but is no step.
  const step = environment.PMIX_RANK === undefined ? undefined : numbers("SLURM_STEP_NUM_TASKS");
  return step && { implementation: undefined, size: step[0], local: slurm };
}
