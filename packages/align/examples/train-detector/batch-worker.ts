import { parentPort, workerData } from "node:worker_threads";
import { Detector } from "../../src/detector.ts";
import { BatchMaker, type BatchPlan } from "./batch-maker.ts";
import type { Labels } from "./label-photos.ts";

/** What a thread that makes batches is started with. */
export interface BatchWorkerStart {
  readonly labels: Labels;
  readonly models: Detector["models"] | undefined;
  readonly plan: BatchPlan;
}

const { labels, models, plan } = workerData as BatchWorkerStart;
const maker = new BatchMaker(labels, models && new Detector(models, "", 1));
parentPort?.on("message", async (index: number) => {
  const result = await maker.make(plan, index);
  const arrays = Object.values(result) as Float32Array<ArrayBuffer>[];
  parentPort?.postMessage(
    { index, result },
    arrays.map(({ buffer }) => buffer),
  );
});
