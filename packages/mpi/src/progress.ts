import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/** Places in what both threads share: whether to stop, and whether the other one calls MPI. */
export const [STOP, STATE] = [0, 1];
export const [RUNNING, ENDED] = [1, 2];

/** A tag that no message has: those of callers end before it. */
export const NEVER_SENT = 32_767;

export interface ProgressStart {
  /** Name or path of MPI's shared library. */
  readonly library: string;
  readonly state: SharedArrayBuffer;
}

/** Milliseconds. */
const PATIENCE = 2000;

/**
 * A thread that asks MPI once a millisecond for a message that nobody sends. MPI moves messages only while it is asked for
 * something, and a thread that computes asks for nothing.
 */
export class MessageMover {
  readonly #state = new SharedArrayBuffer(8);

  constructor(library: string) {
    const start: ProgressStart = { library, state: this.#state };
    const file = new URL(`./progress-worker${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(file, { workerData: start });
    worker.on("error", () => {}); // without it, messages wait until MPI is asked for them
    worker.unref();
  }

  /** Ends the thread, which calls MPI no more once this returns; a thread that was ended in another way is waited for in vain. */
  stop(): void {
    const shared = new Int32Array(this.#state);
    Atomics.store(shared, STOP, 1);
    Atomics.notify(shared, STOP);
    const end = performance.now() + PATIENCE;
    while (Atomics.load(shared, STATE) === RUNNING && performance.now() < end)
      Atomics.wait(shared, STATE, RUNNING, 100);
  }
}
