import type { Communicator, Exchange, MpiArray } from "./communicator.ts";

/** A process that nothing started among others: it exchanges with itself, without MPI. */
export class Alone implements Communicator {
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

  abort(status = 1): never {
    process.exit(status);
  }

  finalize(): void {}
}

function requireSelf(rank: number): void {
  if (rank === 0) return;
  throw new RangeError(
    `Cannot exchange with process ${rank}: expected 0, the only one; start more with: mpirun -np N`,
  );
}
