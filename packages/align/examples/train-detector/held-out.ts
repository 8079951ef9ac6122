import { createHash } from "node:crypto";
import { posix } from "node:path";

/**
 * Whether a photo of the annotated set is kept from the training, for measuring: a tenth of them, by the first byte of
 * the SHA-256 of the file's name. Folders before the name do not matter.
 */
export function isHeldOut(file: string): boolean {
  return createHash("sha256").update(posix.basename(file)).digest()[0] % 10 === 0;
}
