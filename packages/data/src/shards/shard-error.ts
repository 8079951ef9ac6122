/** What is wrong with a shard or with its index. */
export type ShardProblem = "missing" | "truncated" | "checksum" | "format" | "index" | "photo";

/** A shard, a record of one, or an index that cannot be used; the message names the file and the record. */
export class ShardError extends Error {
  override readonly name = "ShardError";
  /** The shard's or index's file. */
  readonly path: string;
  readonly reason: ShardProblem;
  /** The record's place in its shard, from 0; `undefined` where the whole file is meant. */
  readonly record: number | undefined;
  /** What was expected there and what came. */
  readonly problem: string;

  constructor(
    path: string,
    reason: ShardProblem,
    record: number | undefined,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read ${record === undefined ? path : `record ${record} of ${path}`}: ${problem}`, options);
    this.problem = problem;
    this.path = path;
    this.reason = reason;
    this.record = record;
  }
}

/** A record of a shard that was left out, and why. */
export interface SkippedRecord {
  /** `record N of` its shard. */
  readonly path: string;
  readonly error: ShardError;
}
