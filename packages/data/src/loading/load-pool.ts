import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { BatchJob, BatchResult } from "./batch-job.ts";

interface Waiting {
  readonly id: number;
  readonly resolve: (result: BatchResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Bounds of a thread's JavaScript heap under Node: some 7 MiB of it are in use, whatever is loaded. Without bounds V8 lets
 * it grow with what has been read since the start, to 50 MiB a thread.
 */
const HEAP = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 32 };

/** One worker thread and the jobs that it has not answered. */
class LoadThread {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  /** Set once the thread has ended. */
  failure: Error | undefined;

  constructor() {
    // The worker is TypeScript where this file is, JavaScript once built.
    this.#worker = new Worker(new URL(`./load-worker${extname(import.meta.url)}`, import.meta.url), {
      resourceLimits: HEAP,
    });
    this.#worker.unref();
    this.#worker.on("message", (answer: BatchResult | { id: number; error: string }) => {
      const waiting = this.#waiting.find(({ id }) => id === answer.id);
      this.#waiting = this.#waiting.filter(({ id }) => id !== answer.id);
      if (this.#waiting.length === 0) this.#worker.unref();
      if ("error" in answer) waiting?.reject(new Error(`Cannot load a batch: ${answer.error}`));
      else waiting?.resolve(answer);
    });
    this.#worker.on("error", (error: Error) => this.#end(error));
    this.#worker.on("exit", (code) =>
      this.#end(new Error(`Cannot load batches: the worker ended with ${code}`)),
    );
  }

  get load(): number {
    return this.#waiting.length;
  }

  run(job: BatchJob): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      // An idle pool must not keep the process alive.
      if (this.#waiting.length === 0) this.#worker.ref();
      this.#waiting.push({ id: job.id, resolve, reject });
      this.#worker.postMessage(job, job.memory ? [job.memory] : []);
    });
  }

  #end(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting = [];
  }
}

let threads: LoadThread[] = [];
let jobs = 0;

/**
 * Loads a batch in one of the process's worker threads, the one with the least to do. A thread starts when all others
 * are at work, and is shared by all iterators; what a batch holds does not depend on which of them loads it.
 *
 * @param workers How many threads may be used.
 */
export function loadInWorker(job: Omit<BatchJob, "id">, workers: number): Promise<BatchResult> {
  threads = threads.filter(({ failure }) => failure === undefined);
  const usable = threads.slice(0, workers);
  const idle = usable.find(({ load }) => load === 0);
  // Never one that has nothing to do yet: until its first answer, Bun waits for it at the process's end.
  if (!idle && usable.length < workers) usable.push(new LoadThread());
  if (usable.length > threads.length) threads = usable;
  const idlest = usable.reduce((best, thread) => (thread.load < best.load ? thread : best));
  return idlest.run({ ...job, id: jobs++ });
}
