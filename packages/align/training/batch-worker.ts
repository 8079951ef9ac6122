import { parentPort, workerData } from "node:worker_threads";
import { Detector, type DetectorParts } from "@amface/align";
import { BatchMaker, type BatchPlan } from "./batch-maker.ts";
import type { Labels } from "./label-photos.ts";

/** What a thread that makes batches is started with. */
export interface BatchWorkerStart {
  readonly labels: Labels;
  /** Chooses candidates where the plan says so. */
  readonly detector: DetectorParts;
  readonly plan: BatchPlan;
}

const { labels, detector, plan } = workerData as BatchWorkerStart;
const maker = new BatchMaker(labels, new Detector(detector, 1));
parentPort?.on("message", async (index: number) => {
  const result = await maker.make(plan, index);
  const arrays = Object.values(result) as Float32Array<ArrayBuffer>[];
  parentPort?.postMessage(
    { index, result },
    arrays.map(({ buffer }) => buffer),
  );
});
