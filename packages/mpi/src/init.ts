import { ONE_PROCESS } from "./alone.ts";
import type { Communicator } from "./communicator.ts";
import { findLaunch, type Launch } from "./launcher.ts";
import { loadLibrary } from "./load-library.ts";
import { MpiCommunicator } from "./mpi-communicator.ts";

export interface InitOptions {
  /** Name or path of MPI's shared library; found by what the launcher sets where absent. */
  readonly library?: string;
}

let world: Promise<Communicator> | undefined;

/**
 * The processes that `mpirun` or `srun` started together with this one; further calls give the same. In a process that
 * was started alone it is that one, and neither MPI nor koffi is needed.
 *
 * From then on a process that fails, by an uncaught error or an exit status other than 0, ends all (`MPI_Abort`).
 *
 * @throws {MpiMissingError} Where a launcher started this process, but koffi or MPI is not installed.
 * @throws {MpiError} Where MPI does not start.
 */
export function init(options: InitOptions = {}): Promise<Communicator> {
  world ??= initOnce(findLaunch(), options);
  return world;
}

async function initOnce(launch: Launch | undefined, { library }: InitOptions): Promise<Communicator> {
  if (launch === undefined && library === undefined) return ONE_PROCESS;
  const { implementation, local } = launch ?? {};
  return new MpiCommunicator(await loadLibrary({ library, implementation }), local);
}
