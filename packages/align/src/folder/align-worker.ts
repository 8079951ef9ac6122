import { parentPort, workerData } from "node:worker_threads";
import { Detector } from "../nets/detector.ts";
import { alignPhoto } from "./align-photo.ts";
import type { WorkerReply, WorkerStart } from "./align-pool.ts";
import type { Photo } from "./photos-to-align.ts";

/* The thread that AlignPool starts: photos in, outcomes and PNG files out, until it is sent null, which it answers. */

const { detector: parts, settings } = workerData as WorkerStart;
const detector = new Detector(parts, 1);
const port = parentPort as NonNullable<typeof parentPort>;
const working = new Set<Promise<void>>();

async function answer(id: number, photo: Photo): Promise<void> {
  let reply: WorkerReply;
  try {
    reply = { id, aligned: await alignPhoto(photo, detector, settings) };
  } catch (error) {
    reply = { id, error: (error as Error).message };
  }
  port.postMessage(reply);
}

port.on("message", async (message: { id: number; photo: Photo } | null) => {
  if (message) {
    const work = answer(message.id, message.photo);
    working.add(work);
    await work;
    working.delete(work);
  } else {
    await Promise.all(working);
    detector.dispose();
    port.postMessage(null); // not close(), which Deno lacks
  }
});
