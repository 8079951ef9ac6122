import { parentPort } from "node:worker_threads";
import type { FaceOrder, FaceReply } from "./face-pool.ts";
import { renderFace } from "./render-face.ts";

/* The thread that FacePool starts: orders in, faces out, until it is ended. */

const port = parentPort as NonNullable<typeof parentPort>;

port.on("message", ({ id, identity, photo, seed, size }: FaceOrder) => {
  let reply: FaceReply;
  try {
    reply = { id, face: renderFace(identity, photo, { seed, size }) };
  } catch (error) {
    reply = { id, error: (error as Error).message };
  }
  port.postMessage(reply, reply.face ? [reply.face.image.data.buffer as ArrayBuffer] : []);
});
