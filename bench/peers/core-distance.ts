import { isMainThread, Worker, workerData } from "node:worker_threads";

/** Round trips of one try, and tries, of which the median counts. */
const TRIPS = 100_000;
const TRIES = 5;
/** Places of the two numbers, each in a cache line of its own, and of the worker's word that it is there. */
const [PING, PONG, READY] = [0, 32, 64];

/**
 * Nanoseconds that a number takes from one core to another and back. A virtual machine's cores may lie in one part of the
 * processor, with a cache in common (some 100 ns), or in two (some 500), and be moved while it runs: then what one core wrote
 * takes the other several times as long to read.
 */
export async function coreDistance(): Promise<number> {
  const numbers = new Int32Array(new SharedArrayBuffer(512));
  const worker = new Worker(new URL(import.meta.url), { workerData: numbers });
  while (Atomics.load(numbers, READY) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const tries = Array.from({ length: TRIES }, (_, i) => {
    const start = performance.now();
    for (let trip = i * TRIPS + 1; trip <= (i + 1) * TRIPS; trip++) {
      Atomics.store(numbers, PING, trip);
      while (Atomics.load(numbers, PONG) !== trip);
    }
    return ((performance.now() - start) / TRIPS) * 1e6;
  });
  await worker.terminate();
  return tries.sort((a, b) => a - b)[TRIES >> 1];
}

if (!isMainThread && workerData instanceof Int32Array) {
  Atomics.store(workerData, READY, 1);
  for (let trip = 1; trip <= TRIES * TRIPS; trip++) {
    while (Atomics.load(workerData, PING) !== trip);
    Atomics.store(workerData, PONG, trip);
  }
}
