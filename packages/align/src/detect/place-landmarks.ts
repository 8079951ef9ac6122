import type { FaceNets } from "../nets/face-nets.ts";
import type { Face } from "../warp/face.ts";
import { LANDMARK_WINDOW, LandmarkWindow } from "../warp/landmark-window.ts";
import type { AreaResampler } from "../warp/resample-area.ts";
import { answerOf, type Steps } from "./steps.ts";

/** Faces that go through L-Net at once: bounds memory. */
const BATCH = 64;
/** How often L-Net looks at a face. */
const LOOKS = 2;

/**
 * The cascade's last stage: L-Net places the landmarks again, where the detector has one; the second look starts from
 * the first's.
 */
export function* placeLandmarks(nets: FaceNets, photo: AreaResampler, faces: readonly Face[]): Steps<Face[]> {
  const placed = [...faces];
  for (let look = 0; nets.placesLandmarks && look < LOOKS; look++) {
    for (let begin = 0; begin < faces.length; begin += BATCH) {
      const batch = placed.slice(begin, begin + BATCH);
      const windows = batch.map(({ landmarks }) => new LandmarkWindow(landmarks));
      const size = 3 * LANDMARK_WINDOW ** 2;
      const pixels = new Float32Array(batch.length * size);
      for (const [i, window] of windows.entries()) window.read(photo, pixels, i * size);
      const distances = yield* answerOf(nets.place(pixels, batch.length));
      for (const [i, face] of batch.entries()) {
        placed[begin + i] = { ...face, landmarks: windows[i].landmarksAt(distances.subarray(10 * i)) };
      }
    }
  }
  return placed;
}
