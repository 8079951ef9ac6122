import { basename } from "node:path";
import { type ResourceLimits, type Transferable, Worker } from "node:worker_threads";

/** What a thread is sent. */
export interface Task<T> {
  readonly id: number;
  readonly input: T;
}

/** What it sends back. */
export type Answer<R> =
  | { readonly id: number; readonly result: R }
  | { readonly id: number; readonly error: unknown };

interface Waiting<R> {
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Worker threads of one file, which calls `serveTasks`. A thread starts when all others are at work, an idle one does not
 * keep the process alive, and one that has ended is replaced.
 */
export class WorkerPool<T, R> {
  readonly #file: URL;
  readonly #limits: ResourceLimits;
  #threads: Thread<T, R>[] = [];

  /** @param file TypeScript where the calling file is, JavaScript once built. */
  constructor(file: URL, limits: ResourceLimits = {}) {
    this.#file = file;
    this.#limits = limits;
  }

  /**
   * Has a task done by the thread with the least to do.
   *
   * @param workers How many threads may be used.
   * @param transfer What is sent along for good.
   * @throws What the thread threw; an `Error` that names its file when it ends before it has answered.
   */
  async run(input: T, workers: number, transfer: readonly Transferable[] = []): Promise<R> {
    this.#threads = this.#threads.filter(({ ended }) => !ended);
    const usable = this.#threads.slice(0, workers);
    // Never one that has nothing to do yet: until its first answer, Bun waits for it at the process's end.
    if (usable.length < workers && usable.every(({ load }) => load > 0)) {
      const thread = new Thread<T, R>(this.#file, this.#limits);
      this.#threads.push(thread);
      usable.push(thread);
    }
    return await usable
      .reduce((best, thread) => (thread.load < best.load ? thread : best))
      .run(input, transfer);
  }

  /** Ends the threads; what they have at hand fails. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}

/** One worker thread and the tasks that it has not answered. */
class Thread<T, R> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting<R>>();
  #tasks = 0;
  ended = false;

  constructor(file: URL, resourceLimits: ResourceLimits) {
    this.#worker = new Worker(file, { resourceLimits });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer<R>) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if ("error" in answer) waiting?.reject(answer.error);
      else waiting?.resolve(answer.result);
    });
    const fail = (error: unknown) => {
      this.ended = true;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    this.#worker.on("error", fail);
    this.#worker.on("messageerror", fail);
    this.#worker.on("exit", (code) => {
      const name = basename(file.pathname);
      fail(
        new Error(`Cannot go on: expected the thread ${name} to do its work, but it ended with code ${code}`),
      );
    });
  }

  get load(): number {
    return this.#waiting.size;
  }

  run(input: T, transfer: readonly Transferable[]): Promise<R> {
    return new Promise((resolve, reject) => {
      const task: Task<T> = { id: this.#tasks++, input };
      this.#worker.postMessage(task, transfer);
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(task.id, { resolve, reject });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
