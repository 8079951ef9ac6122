/** Entry of a worker thread: loads the batches that it is sent. */
import { serveTasks } from "../concurrency/serve-tasks.ts";
import type { BatchJob } from "./batch-job.ts";
import { BatchLoader } from "./batch-loader.ts";

const loader = BatchLoader.create();

serveTasks(
  async (job: BatchJob) => (await loader).load(job),
  ({ images }) => [images.buffer as ArrayBuffer],
);
