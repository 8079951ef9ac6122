/** A call that MPI refused, with MPI's text. */
export class MpiError extends Error {
  override readonly name = "MpiError";
  /** MPI's number of the error. */
  readonly code: number;

  constructor(call: string, code: number, text: string) {
    super(`Cannot call ${call}: expected MPI_SUCCESS, got ${text} (error ${code})`);
    this.code = code;
  }
}

/** MPI, or the module that calls it, is not there. */
export class MpiMissingError extends Error {
  override readonly name = "MpiMissingError";
}
