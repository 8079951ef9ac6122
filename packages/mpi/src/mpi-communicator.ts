import type { Communicator, Exchange, MpiArray, MpiOperation } from "./communicator.ts";
import type { Handle, MpiFunction, MpiLibrary, NativeValue } from "./load-library.ts";
import { MpiError } from "./mpi-error.ts";
import { pending, STATUS_BYTES } from "./pending.ts";
import { MessageMover } from "./progress.ts";

/** Milliseconds in which launchers read what a failing process has said; MPICH's drops what it has not read by the abort. */
const LAST_WORDS = 200;

/** MPI's number for calls from several threads at once, in both implementations. */
const THREAD_MULTIPLE = 3;

/** Blocks: when a process exits nothing else can wait. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** MPI_COMM_WORLD. */
export class MpiCommunicator implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly local: Communicator["local"];
  readonly #mpi: MpiLibrary;
  readonly #canMove: boolean;
  #mover: MessageMover | undefined;
  #finalized = false;

  /** Initialises MPI: once in a process. */
  constructor(mpi: MpiLibrary, local: Communicator["local"]) {
    this.#mpi = mpi;
    this.local = local;
    const { world, errorsReturn } = mpi.handles;
    const threads = new Int32Array(1);
    mpi.call("MPI_Init_thread", null, null, THREAD_MULTIPLE, threads);
    this.#canMove = threads[0] === THREAD_MULTIPLE;
    mpi.call("MPI_Comm_set_errhandler", world, errorsReturn);
    const read = (name: MpiFunction) => {
      const value = new Int32Array(1);
      mpi.call(name, world, value);
      return value[0];
    };
    this.rank = read("MPI_Comm_rank");
    this.size = read("MPI_Comm_size");
    // Without this the others would wait for a process that has failed.
    process.on("exit", (code) => {
      if (this.#finalized) return;
      if (code === 0) this.finalize();
      else this.abort(code);
    });
  }

  get library(): string {
    return this.#mpi.version;
  }

  async allReduce(values: MpiArray, operation: MpiOperation = "sum"): Promise<void> {
    await this.#pending("MPI_Iallreduce", this.#reduce(values, operation), values);
  }

  allReduceSync(values: MpiArray, operation: MpiOperation = "sum"): void {
    this.#mpi.call("MPI_Allreduce", ...this.#reduce(values, operation));
  }

  #reduce(values: MpiArray, operation: MpiOperation): NativeValue[] {
    const { inPlace, handles } = this.#mpi;
    return [inPlace, values, values.length, this.#type(values), handles[operation], handles.world];
  }

  async allGather<T extends MpiArray>(values: T): Promise<T> {
    const all = like(values, values.length * this.size);
    await this.#pending("MPI_Iallgather", this.#gather(values, all), values, all);
    return all;
  }

  allGatherSync<T extends MpiArray>(values: T): T {
    const all = like(values, values.length * this.size);
    this.#mpi.call("MPI_Allgather", ...this.#gather(values, all));
    return all;
  }

  #gather(values: MpiArray, all: MpiArray): NativeValue[] {
    const type = this.#type(values);
    return [values, values.length, type, all, values.length, type, this.#mpi.handles.world];
  }

  async reduceScatter<T extends MpiArray>(values: T, operation: MpiOperation = "sum"): Promise<T> {
    const part = this.#partOf(values);
    await this.#pending(
      "MPI_Ireduce_scatter_block",
      this.#scatter(values, part, operation),
      ...[values, part],
    );
    return part;
  }

  reduceScatterSync<T extends MpiArray>(values: T, operation: MpiOperation = "sum"): T {
    const part = this.#partOf(values);
    this.#mpi.call("MPI_Reduce_scatter_block", ...this.#scatter(values, part, operation));
    return part;
  }

  #partOf<T extends MpiArray>(values: T): T {
    if (values.length % this.size === 0) return like(values, values.length / this.size);
    throw new RangeError(
      `Cannot scatter ${values.length} values: expected a multiple of ${this.size}, the number of processes; pad them`,
    );
  }

  #scatter(values: MpiArray, part: MpiArray, operation: MpiOperation): NativeValue[] {
    const { handles } = this.#mpi;
    return [values, part, part.length, this.#type(values), handles[operation], handles.world];
  }

  async broadcast(values: MpiArray, root = 0): Promise<void> {
    await this.#pending("MPI_Ibcast", this.#cast(values, root), values);
  }

  broadcastSync(values: MpiArray, root = 0): void {
    this.#mpi.call("MPI_Bcast", ...this.#cast(values, root));
  }

  #cast(values: MpiArray, root: number): NativeValue[] {
    return [values, values.length, this.#type(values), root, this.#mpi.handles.world];
  }

  async send(values: MpiArray, to: number, tag = 0): Promise<void> {
    await this.#pending("MPI_Isend", [...this.#message(values, to, tag), this.#mpi.handles.world], values);
  }

  sendSync(values: MpiArray, to: number, tag = 0): void {
    this.#mpi.call("MPI_Send", ...this.#message(values, to, tag), this.#mpi.handles.world);
  }

  async receive(values: MpiArray, from: number, tag = 0): Promise<void> {
    await this.#pending("MPI_Irecv", [...this.#message(values, from, tag), this.#mpi.handles.world], values);
  }

  receiveSync(values: MpiArray, from: number, tag = 0): void {
    const { world } = this.#mpi.handles;
    this.#mpi.call("MPI_Recv", ...this.#message(values, from, tag), world, new Uint8Array(STATUS_BYTES));
  }

  async sendReceive({ to, send, from, receive, tag }: Exchange): Promise<void> {
    await Promise.all([this.receive(receive, from, tag), this.send(send, to, tag)]);
  }

  sendReceiveSync({ to, send, from, receive, tag = 0 }: Exchange): void {
    const messages = [...this.#message(send, to, tag), ...this.#message(receive, from, tag)];
    this.#mpi.call("MPI_Sendrecv", ...messages, this.#mpi.handles.world, new Uint8Array(STATUS_BYTES));
  }

  #message(values: MpiArray, other: number, tag: number): NativeValue[] {
    return [values, values.length, this.#type(values), other, tag];
  }

  async barrier(): Promise<void> {
    await this.#pending("MPI_Ibarrier", [this.#mpi.handles.world]);
  }

  barrierSync(): void {
    this.#mpi.call("MPI_Barrier", this.#mpi.handles.world);
  }

  keepMoving(): void {
    if (this.#canMove && !this.#finalized) this.#mover ??= new MessageMover(this.#mpi.name);
  }

  abort(status = 1): never {
    this.#finalized = true;
    sleep(LAST_WORDS);
    this.#mpi.call("MPI_Abort", this.#mpi.handles.world, status);
    throw new MpiError("MPI_Abort", status, "control back");
  }

  finalize(): void {
    if (this.#finalized) return;
    this.#finalized = true;
    this.#mover?.stop();
    this.#mpi.call("MPI_Finalize");
  }

  #pending(name: MpiFunction, values: NativeValue[], ...memory: MpiArray[]): Promise<void> {
    return pending(this.#mpi, (request) => this.#mpi.call(name, ...values, request), ...memory);
  }

  #type(values: MpiArray): Handle {
    const { handles } = this.#mpi;
    if (values instanceof Float32Array) return handles.Float32Array;
    if (values instanceof Float64Array) return handles.Float64Array;
    if (values instanceof Int32Array) return handles.Int32Array;
    if (values instanceof Uint8Array) return handles.Uint8Array;
    throw new TypeError(
      `Cannot exchange values: expected a Float32Array, Float64Array, Int32Array or Uint8Array, got ${typeof values}`,
    );
  }
}

/** A new array of the same type. */
function like<T extends MpiArray>(values: T, length: number): T {
  return new (values.constructor as new (length: number) => T)(length);
}
