/** A file that cannot be written: full disk, missing rights, a file where a folder is needed. */
export class WriteError extends Error {
  override readonly name = "WriteError";
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
    this.path = path;
  }
}
