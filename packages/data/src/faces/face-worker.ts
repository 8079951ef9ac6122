/** Entry of a worker thread: draws the faces that it is sent the numbers of. */
import { serveTasks } from "../concurrency/serve-tasks.ts";
import { renderFace } from "./render-face.ts";

/** What a face is drawn from. */
export interface FaceTask {
  readonly identity: number;
  readonly photo: number;
  readonly seed: number;
  readonly size: number;
}

serveTasks(
  ({ identity, photo, seed, size }: FaceTask) => renderFace(identity, photo, { seed, size }),
  ({ image }) => [image.data.buffer as ArrayBuffer],
);
