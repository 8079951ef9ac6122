/** Entry of a worker thread: loads the batches that it is sent, one after the other. */
import { parentPort } from "node:worker_threads";
import type { BatchJob } from "./batch-job.ts";
import { BatchLoader } from "./batch-loader.ts";

const loader = BatchLoader.create();
let queue: Promise<void> = Promise.resolve();

parentPort?.on("message", (job: BatchJob) => {
  queue = queue.then(async () => {
    try {
      const result = await (await loader).load(job);
      parentPort?.postMessage(result, [result.images.buffer as ArrayBuffer]);
    } catch (error) {
      parentPort?.postMessage({ id: job.id, error: (error as Error).stack ?? String(error) });
    }
  });
});
