import { extname } from "node:path";
import { WorkerPool } from "../concurrency/worker-pool.ts";
import type { BatchJob, BatchResult } from "./batch-job.ts";

/**
 * Bounds of a thread's JavaScript heap under Node: some 7 MiB of it are in use, whatever is loaded. Without bounds V8 lets
 * it grow with what has been read since the start, to 50 MiB a thread.
 */
const HEAP = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 32 };

/** The process's threads, shared by all iterators. */
const pool = new WorkerPool<BatchJob, BatchResult>(
  new URL(`./load-worker${extname(import.meta.url)}`, import.meta.url),
  HEAP,
);

/**
 * Loads a batch in a worker thread. What a batch holds does not depend on which of them loads it.
 *
 * @param workers How many threads may be used.
 */
export async function loadInWorker(job: BatchJob, workers: number): Promise<BatchResult> {
  return await pool.run(job, workers, job.memory ? [job.memory] : []);
}
