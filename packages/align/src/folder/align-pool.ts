import { Worker } from "node:worker_threads";
import type { DetectorParts } from "../nets/detector.ts";
import type { AlignedPhoto, AlignSettings, PhotoAligner } from "./align-settings.ts";
import type { Photo } from "./photos-to-align.ts";

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
  /** Why it takes no more photos. */
  failure?: Error;
  ended: Promise<void>;
}

// Sources run as .ts, the published package as .js.
const WORKER = new URL(
  import.meta.url.endsWith(".ts") ? "./align-worker.ts" : "./align-worker.js",
  import.meta.url,
);

/** Looks at photos in worker threads, each with its own copy of the detector. */
export class AlignPool implements PhotoAligner {
  readonly inFlight: number;
  readonly #threads: readonly Thread[];
  #next = 0;

  /** @param file What the threads run. */
  constructor(detector: DetectorParts, settings: AlignSettings, workers: number, file: URL = WORKER) {
    this.inFlight = workers * PHOTOS_PER_WORKER;
    const { name, weightsSha256, models } = detector;
    const start: WorkerStart = { detector: { name, weightsSha256, models }, settings };
    this.#threads = Array.from({ length: workers }, (_, i) => {
      return startThread(new Worker(file, { workerData: start }), `worker thread ${i + 1} of ${workers}`);
    });
  }

  /** @throws {Error} When a thread failed or ended, which is named. */
  async align(photo: Photo): Promise<AlignedPhoto> {
    const failed = this.#threads.find(({ failure }) => failure);
    if (failed) throw failed.failure;
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

function startThread(worker: Worker, name: string): Thread {
  const pending = new Map<number, Pending>();
  worker.on("message", (reply: WorkerReply | null) => {
    if (!reply) return void worker.terminate();
    const { id, aligned, error } = reply;
    const waiting = pending.get(id);
    pending.delete(id);
    if (aligned) waiting?.resolve(aligned);
    else waiting?.reject(new Error(error));
  });
  const fail = (message: string, cause?: unknown) => {
    thread.failure ??= new Error(`Cannot align photos: ${message}`, { cause });
    for (const { reject } of pending.values()) reject(thread.failure);
    pending.clear();
  };
  worker.on("error", (error: Error) => fail(`${name} failed: ${error.message}`, error));
  worker.on("messageerror", (error: Error) =>
    fail(`${name} sent what cannot be read: ${error.message}`, error),
  );
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      fail(`expected ${name} to work until it is told to end, got its end with code ${code}`);
      resolve();
    });
  });
  const thread: Thread = { worker, pending, ended };
  return thread;
}
