import { workerData } from "node:worker_threads";
import { loadLibrary } from "./load-library.ts";
import { STATUS_BYTES } from "./pending.ts";
import { ENDED, NEVER_SENT, type ProgressStart, RUNNING, STATE, STOP } from "./progress.ts";

// The worker thread of `MessageMover`: whatever MPI is asked, it moves all messages on.
const { library, state } = workerData as ProgressStart;
const shared = new Int32Array(state);
const mpi = await loadLibrary({ library });
Atomics.store(shared, STATE, RUNNING);
const [flag, status] = [new Int32Array(1), new Uint8Array(STATUS_BYTES)];
try {
  while (Atomics.load(shared, STOP) === 0) {
    mpi.call("MPI_Iprobe", 0, NEVER_SENT, mpi.handles.world, flag, status);
    Atomics.wait(shared, STOP, 0, 1);
  }
} finally {
  Atomics.store(shared, STATE, ENDED);
  Atomics.notify(shared, STATE);
}
