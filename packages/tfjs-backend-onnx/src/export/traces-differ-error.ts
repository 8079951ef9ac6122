/** Why traces have no model in common; the message goes into the error of whoever asked for one. */
export class TracesDifferError extends Error {}

/** @throws {TracesDifferError} Always, with what was got in place of traces that agree. */
export function differ(got: string): never {
  throw new TracesDifferError(got);
}
