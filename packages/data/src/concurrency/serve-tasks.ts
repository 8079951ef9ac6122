import { parentPort, type Transferable } from "node:worker_threads";
import type { Answer, Task } from "./worker-pool.ts";

/**
 * Makes this thread one of a `WorkerPool`: does the tasks that it is sent, one after the other, until it is ended.
 *
 * @param transferOf What of a result is sent along for good.
 */
export function serveTasks<T, R>(
  work: (input: T) => R | Promise<R>,
  transferOf: (result: R) => readonly Transferable[] = () => [],
): void {
  const answer = (message: Answer<R>, transfer: readonly Transferable[] = []) =>
    parentPort?.postMessage(message, transfer);
  let queue: Promise<void> = Promise.resolve();
  parentPort?.on("message", ({ id, input }: Task<T>) => {
    queue = queue.then(async () => {
      try {
        const result = await work(input);
        answer({ id, result }, transferOf(result));
      } catch (error) {
        answer({ id, error });
      }
    });
  });
}
