import type { Communicator, Exchange, MpiArray } from "./communicator.ts";

/** A process that nothing started among others: it exchanges with itself, without MPI. */
class Alone implements Communicator {
  readonly rank = 0;
  readonly size = 1;
  readonly local = { rank: 0, size: 1 };
  readonly library = "none";

  async allReduce(_values: MpiArray): Promise<void> {}
  allReduceSync(_values: MpiArray): void {}

  async allGather<T extends MpiArray>(values: T): Promise<T> {
    return values.slice() as T;
  }
  allGatherSync<T extends MpiArray>(values: T): T {
    return values.slice() as T;
  }

  async reduceScatter<T extends MpiArray>(values: T): Promise<T> {
    return values.slice() as T;
  }
  reduceScatterSync<T extends MpiArray>(values: T): T {
    return values.slice() as T;
  }

  async broadcast(_values: MpiArray, root = 0): Promise<void> {
    this.broadcastSync(_values, root);
  }
  broadcastSync(_values: MpiArray, root = 0): void {
    requireSelf(root);
  }

  async send(_values: MpiArray, to: number): Promise<void> {
    throw alone(to);
  }
  sendSync(_values: MpiArray, to: number): void {
    throw alone(to);
  }

  async receive(_values: MpiArray, from: number): Promise<void> {
    throw alone(from);
  }
  receiveSync(_values: MpiArray, from: number): void {
    throw alone(from);
  }

  async sendReceive(exchange: Exchange): Promise<void> {
    this.sendReceiveSync(exchange);
  }
  sendReceiveSync({ to, send, from, receive }: Exchange): void {
    requireSelf(to);
    requireSelf(from);
    receive.set(send);
  }

  async barrier(): Promise<void> {}
  barrierSync(): void {}

  keepMoving(): void {}

  abort(status = 1): never {
    process.exit(status);
  }

  finalize(): void {}
}

/** This process alone. */
export const ONE_PROCESS: Communicator = new Alone();

function requireSelf(rank: number): void {
  if (rank !== 0) throw alone(rank);
}

function alone(rank: number): RangeError {
  return new RangeError(
    `Cannot exchange with process ${rank}: expected another process, got this one alone; start more with: mpirun -np N`,
  );
}
