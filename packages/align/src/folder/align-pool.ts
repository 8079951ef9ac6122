import { Worker } from "node:worker_threads";
import type { DetectorParts } from "../nets/detector.ts";
import type { AlignedPhoto, AlignSettings, PhotoAligner } from "./align-settings.ts";
import type { Photo } from "./list-photos.ts";

/** What a worker thread is started with. */
export interface WorkerStart {
  detector: DetectorParts;
  settings: AlignSettings;
}

/** What a worker answers to the photo it was given under `id`. */
export interface WorkerReply {
  id: number;
  aligned?: AlignedPhoto;
  error?: string;
}

/** Photos that each thread has at hand: one to look at, the others being decoded and encoded. */
const PHOTOS_PER_WORKER = 4;

interface Pending {
  resolve: (aligned: AlignedPhoto) => void;
  reject: (error: Error) => void;
}

interface Thread {
  worker: Worker;
  pending: Map<number, Pending>;
  ended: Promise<void>;
}

/** Looks at photos in worker threads, each with its own copy of the detector. */
export class AlignPool implements PhotoAligner {
  readonly inFlight: number;
  readonly #threads: readonly Thread[];
  #next = 0;

  constructor(detector: DetectorParts, settings: AlignSettings, workers: number) {
    this.inFlight = workers * PHOTOS_PER_WORKER;
    const { name, weightsSha256, models } = detector;
    const start: WorkerStart = { detector: { name, weightsSha256, models }, settings };
    this.#threads = Array.from({ length: workers }, () => startThread(start));
  }

  align(photo: Photo): Promise<AlignedPhoto> {
    const { worker, pending } = this.#threads.reduce((a, b) => (b.pending.size < a.pending.size ? b : a));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, photo });
    });
  }

  /** Lets the threads finish what they have at hand and ends them. */
  async close(): Promise<void> {
    for (const { worker } of this.#threads) worker.postMessage(null);
    await Promise.all(this.#threads.map(({ ended }) => ended));
  }
}

function startThread(workerData: WorkerStart): Thread {
  // Sources run as .ts, the published package as .js.
  const file = import.meta.url.endsWith(".ts") ? "./align-worker.ts" : "./align-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  const pending = new Map<number, Pending>();
  worker.on("message", (reply: WorkerReply | null) => {
    if (!reply) return void worker.terminate();
    const { id, aligned, error } = reply;
    const waiting = pending.get(id);
    pending.delete(id);
    if (aligned) waiting?.resolve(aligned);
    else waiting?.reject(new Error(error));
  });
  const fail = (error: Error) => {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on("error", fail);
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", () => {
      fail(new Error("Cannot align photos: a worker thread ended before its work was done"));
      resolve();
    });
  });
  return { worker, pending, ended };
}
