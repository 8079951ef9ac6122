import { basename } from "node:path";
import { Worker } from "node:worker_threads";

/** Results that each thread makes ahead. */
const AHEAD = 3;

/**
 * Yields results 0 to `count - 1` in order, made by threads of a worker that answers the message `index` with
 * `{ index, result }`. How many threads there are does not change the results.
 *
 * @throws {Error} When a thread fails, or ends before its work is done.
 */
export async function* fromWorkers<T>(
  file: URL,
  workerData: unknown,
  { count, threads }: { readonly count: number; readonly threads: number },
): AsyncGenerator<T> {
  const waiting = new Map<number, { resolve: (result: T) => void; reject: (error: Error) => void }>();
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
  };
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(file, { workerData });
    worker.on("message", ({ index, result }: { index: number; result: T }) => {
      waiting.get(index)?.resolve(result);
      waiting.delete(index);
    });
    worker.on("error", fail);
    worker.on("exit", (code) =>
      fail(
        new Error(
          `Cannot go on: expected the thread ${basename(file.pathname)} to do its work, but it ended with code ${code}`,
        ),
      ),
    );
    return worker;
  });
  const asked = new Map<number, Promise<T>>();
  const ask = (index: number) => {
    if (index >= count) return;
    const result = new Promise<T>((resolve, reject) => {
      if (failure) reject(failure);
      else waiting.set(index, { resolve, reject });
    });
    result.catch(() => {}); // reported when its turn comes
    asked.set(index, result);
    workers[index % threads].postMessage(index);
  };
  try {
    for (let i = 0; i < AHEAD * threads; i++) ask(i);
    for (let i = 0; i < count; i++) {
      const result = await asked.get(i);
      asked.delete(i);
      ask(i + AHEAD * threads);
      yield result as T;
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
