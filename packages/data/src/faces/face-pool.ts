import { Worker } from "node:worker_threads";
import { type RenderedFace, renderFace } from "./render-face.ts";

/** What a worker is asked for. */
export interface FaceOrder {
  readonly id: number;
  readonly identity: number;
  readonly photo: number;
  readonly seed: number;
  readonly size: number;
}

/** What it answers. */
export interface FaceReply {
  readonly id: number;
  readonly face?: RenderedFace;
  readonly error?: string;
}

interface Waiting {
  readonly resolve: (face: RenderedFace) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Draws faces in worker threads; with none, in this one. What is drawn does not depend on their number. */
export class FacePool {
  readonly #threads: readonly Thread[];
  #next = 0;

  constructor(workers: number) {
    this.#threads = Array.from({ length: workers }, startThread);
  }

  /** As `renderFace`. */
  async render(identity: number, photo: number, seed: number, size: number): Promise<RenderedFace> {
    if (this.#threads.length === 0) return renderFace(identity, photo, { seed, size });
    const { worker, waiting } = this.#threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    const order: FaceOrder = { id: this.#next++, identity, photo, seed, size };
    return new Promise((resolve, reject) => {
      waiting.set(order.id, { resolve, reject });
      worker.postMessage(order);
    });
  }

  /** Ends the threads; what they have at hand is lost. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(): Thread {
  // Sources run as .ts, the published package as .js.
  const file = import.meta.url.endsWith(".ts") ? "./face-worker.ts" : "./face-worker.js";
  const worker = new Worker(new URL(file, import.meta.url));
  const waiting = new Map<number, Waiting>();
  worker.on("message", ({ id, face, error }: FaceReply) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (face) resolve(face);
    else reject(new Error(error));
  });
  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on("error", fail);
  worker.on("exit", () =>
    fail(new Error("Cannot draw faces: a worker thread ended before its work was done")),
  );
  return { worker, waiting };
}
