import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The launcher under test: `mpirun`, or what `AMFACE_MPIRUN` names, such as `mpirun.mpich`. */
const MPIRUN = process.env.AMFACE_MPIRUN ?? "mpirun";

/** Why tests cannot start processes with MPI's launcher; `false` where they can. */
export function withoutMpi(): string | false {
  const there = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, MPIRUN)));
  return !there && `needs ${MPIRUN}, such as Debian's packages openmpi-bin and libopenmpi3`;
}

/** Lets root start processes, more of them than there are cores, and on a machine without ssh. MPICH needs none of it. */
export const MPI_ENVIRONMENT = {
  ...{ OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" },
  ...{ OMPI_MCA_rmaps_base_oversubscribe: "1", OMPI_MCA_hwloc_base_binding_policy: "none" },
  OMPI_MCA_plm: "isolated",
};

/** The command that starts a program in so many processes, from the sources. */
export const mpirun = (processes: number, program: string, ...args: string[]): [string, string[]] => [
  MPIRUN,
  ["-np", String(processes), process.execPath, "--conditions=@amface/source", program, ...args],
];

/** Runs a program of `programs` in so many processes. */
export function runProcesses(processes: number, program: string, ...args: string[]) {
  const [command, all] = mpirun(processes, program, ...args);
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, all, {
    ...{ encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" },
    env: { ...process.env, ...MPI_ENVIRONMENT },
  });
  return { status, stdout, stderr, seconds: (performance.now() - started) / 1000 };
}
