/** Squares the numbers that it is sent, and ends its thread at one of them. */
import { parentPort, workerData } from "node:worker_threads";

parentPort?.on("message", (index: number) => {
  if (index === workerData.endAt) process.exit(7);
  parentPort?.postMessage({ index, result: index ** 2 });
});
