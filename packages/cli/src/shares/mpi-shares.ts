import { setTimeout } from "node:timers/promises";
import type { Communicator } from "@amface/mpi";
import type { PartsFolder } from "./parts-folder.ts";
import { type Part, ResultElsewhere, type Shares } from "./shares.ts";
import { threadsFor } from "./threads-for.ts";

/** Milliseconds after which a network disk shows what another host has written. */
const PATIENCE = 60_000;

/**
 * Runs the work in the processes that MPI started together: each makes its part, and process 0 the result.
 *
 * @throws {ResultElsewhere} In the others, when the result is made.
 */
export async function inProcesses<R>(
  processes: Communicator,
  parts: PartsFolder,
  work: (shares: Shares) => Promise<R>,
): Promise<R> {
  const { rank: index, size: count } = processes;
  if (index === 0) {
    await parts.remove(); // of a run that was killed
    await parts.make();
  }
  const threads = await threadsFor(processes); // and all processes have come here
  const meet = async <T>(make: () => Promise<Part<T>>): Promise<Part<T>[]> => {
    await parts.write(index, await make());
    await processes.barrier();
    if (index > 0) throw new ResultElsewhere("Process 0 makes the result");
    const all = Array.from({ length: count }, (_, i) => i);
    for (const i of all) await waitFor(parts, i);
    return Promise.all(all.map((i) => parts.read<T>(i)));
  };
  try {
    const result = await work({ index, count, threads, folder: parts.path, meet });
    await parts.remove();
    await leave(processes);
    return result;
  } catch (error) {
    if (error instanceof ResultElsewhere) await leave(processes);
    throw error;
  }
}

/** Waits for the result without a core: `finalize` alone would take one. */
async function leave(processes: Communicator): Promise<void> {
  await processes.barrier();
  processes.finalize();
}

async function waitFor(parts: PartsFolder, index: number): Promise<void> {
  const since = performance.now();
  while (!(await parts.has(index))) {
    if (performance.now() - since > PATIENCE) {
      throw new Error(
        `Cannot read the part of process ${index}: expected it in ${parts.path}, got nothing there; ` +
          "all hosts must see one disk at the output's place",
      );
    }
    await setTimeout(100);
  }
}
