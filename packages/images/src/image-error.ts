/** Why a photo could not be had. */
export type ImageProblem =
  | "missing"
  | "unreadable"
  | "empty"
  | "not-an-image"
  | "truncated"
  | "too-large"
  | "corrupt";

/** A photo that cannot be read or decoded; the message names the file and the reason. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  /** The path or name under which the photo was asked for. */
  readonly path: string;
  readonly reason: ImageProblem;

  constructor(path: string, reason: ImageProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
    this.reason = reason;
  }
}
