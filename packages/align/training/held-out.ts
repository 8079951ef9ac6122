import { createHash } from "node:crypto";
import { posix } from "node:path";

/**
 * Whether a photo of the annotated set is kept from the training, for measuring: a tenth of them, by the first byte of
 * the SHA-256 of the file's name. Folders before the name do not matter.
 */
export function isHeldOut(file: string): boolean {
  return createHash("sha256").update(posix.basename(file)).digest()[0] % 10 === 0;
}

/** Whether a picture without faces is kept for measuring: a quarter of them, in the same way. */
export function isHeldOutNegative(file: string): boolean {
  return createHash("sha256").update(posix.basename(file)).digest()[0] % 4 === 0;
}

/**
 * The picture that a photo of the annotated set was cut from, around one of its faces: the names are
 * `picture_face_….jpg` and `_pose_picture_face.jpg`, and pictures of the second kind are told apart by pose at times.
 */
export function pictureOf(file: string): string {
  const parts = posix.basename(file).split("_");
  return parts[0] === "" ? `_${parts[2]}` : parts[0];
}
