/** Arrays that processes exchange. */
export type MpiArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** How `allReduce` and `reduceScatter` combine the processes' values, element by element. */
export type MpiOperation = "sum" | "max" | "min";

/** A message meets the `receive` of the same tag, from 0 to 32,766; 0 by default. */
type Tag = number;

/** An exchange with one or two other processes. */
export interface Exchange {
  /** The process that gets `send`. */
  readonly to: number;
  readonly send: MpiArray;
  /** The process whose array arrives. */
  readonly from: number;
  /** Filled with it; the sender's has the same type and at most this length. */
  readonly receive: MpiArray;
  readonly tag?: Tag;
}

/**
 * The processes that were started together, numbered from 0. Calls that concern all have to be made by all, in the same
 * order. Those that end in `Sync` block the event loop; the others return a promise, meanwhile their arrays are MPI's:
 * neither write what is sent nor read what is received.
 *
 * They throw {MpiError} with MPI's own text, or reject with it.
 */
export interface Communicator {
  /** This process's number. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /** Number of this process on its host, and how many are there, as far as the launcher tells. */
  readonly local: { readonly rank: number; readonly size: number } | undefined;
  /** Version of the MPI library, such as `Open MPI v4.1.4`; `none` where a process runs alone. */
  readonly library: string;

  /** Replaces the values by the combination of all processes', whose order of additions is MPI's own. */
  allReduce(values: MpiArray, operation?: MpiOperation): Promise<void>;
  allReduceSync(values: MpiArray, operation?: MpiOperation): void;

  /** All processes' arrays of one length, one behind the other by rank. */
  allGather<T extends MpiArray>(values: T): Promise<T>;
  allGatherSync<T extends MpiArray>(values: T): T;

  /**
   * This process's part of the combination of all processes' arrays: of `size` equal parts that of its rank.
   *
   * @throws {RangeError} Where the length is no multiple of `size`.
   */
  reduceScatter<T extends MpiArray>(values: T, operation?: MpiOperation): Promise<T>;
  reduceScatterSync<T extends MpiArray>(values: T, operation?: MpiOperation): T;

  /** Fills the array with that of the process `root`, 0 by default. */
  broadcast(values: MpiArray, root?: number): Promise<void>;
  broadcastSync(values: MpiArray, root?: number): void;

  /** Sends to the process `to`. The promise may wait until that receives. */
  send(values: MpiArray, to: number, tag?: Tag): Promise<void>;
  sendSync(values: MpiArray, to: number, tag?: Tag): void;

  /** Fills the array with what the process `from` sends: of the same type, and at most as long. */
  receive(values: MpiArray, from: number, tag?: Tag): Promise<void>;
  receiveSync(values: MpiArray, from: number, tag?: Tag): void;

  /** Sends and receives at once, so that processes that send to each other do not wait forever. */
  sendReceive(exchange: Exchange): Promise<void>;
  sendReceiveSync(exchange: Exchange): void;

  /** Waits until all processes have called it. */
  barrier(): Promise<void>;
  barrierSync(): void;

  /**
   * From now on messages move while this thread computes, too: another one asks MPI for them every millisecond, where MPI can
   * be called from several threads; elsewhere they wait until this one asks. Nothing happens in further calls.
   */
  keepMoving(): void;

  /** Ends all processes at once; `status` becomes the exit status of the launcher. */
  abort(status?: number): never;

  /** Ends the use of MPI; all processes have to call it. A process that ends well calls it by itself. */
  finalize(): void;
}
