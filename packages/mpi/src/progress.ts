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

/**
 * A thread that asks MPI once a millisecond for a message that nobody sends. MPI moves messages only while it is asked for
 * something, and a thread that computes asks for nothing.
 */
export class MessageMover {
  readonly #state = new SharedArrayBuffer(8);

  constructor(library: string) {
    const start: ProgressStart = { library, state: this.#state };
    const file = new URL(`./progress-worker${extname(import.meta.url)}`, import.meta.url);
    new Worker(file, { workerData: start }).unref();
  }

  /** Ends the thread; once this returns it calls MPI no more. */
  stop(): void {
    const shared = new Int32Array(this.#state);
    Atomics.store(shared, STOP, 1);
    Atomics.notify(shared, STOP);
    while (Atomics.load(shared, STATE) === RUNNING) Atomics.wait(shared, STATE, RUNNING, 100);
  }
}
