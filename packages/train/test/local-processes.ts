import type { Communicator, Exchange, MpiArray } from "@amface/mpi";

/** A message under way: whoever comes first waits for the other. */
interface Meeting {
  readonly done: Promise<void>;
  readonly resolve: () => void;
  send?: MpiArray;
  receive?: MpiArray;
}

type Meet = (key: string, side: "send" | "receive", values: MpiArray) => Promise<void>;

/** Communicators of so many processes in one: what one awaits, another does in the same event loop. */
export function localProcesses(size: number): Communicator[] {
  const meetings = new Map<string, Meeting[]>();
  const meet: Meet = (key, side, values) => {
    const waiting = meetings.get(key) ?? [];
    meetings.set(key, waiting);
    const found = waiting.find((meeting) => meeting[side] === undefined);
    if (!found) {
      let resolve = () => {};
      const done = new Promise<void>((met) => (resolve = met));
      waiting.push({ done, resolve, [side]: side === "send" ? values.slice() : values });
      return done;
    }
    found[side] = values;
    (found.receive as MpiArray).set(found.send as MpiArray);
    waiting.splice(waiting.indexOf(found), 1);
    found.resolve();
    return found.done;
  };
  return Array.from({ length: size }, (_, rank) => new LocalProcess(rank, size, meet));
}

class LocalProcess implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly local = undefined;
  readonly library = "none";
  readonly #meet: Meet;
  #collective = 0;

  constructor(rank: number, size: number, meet: Meet) {
    this.rank = rank;
    this.size = size;
    this.#meet = meet;
  }

  async send(values: MpiArray, to: number, tag: number | string = 0): Promise<void> {
    await this.#meet(`${this.rank} ${to} ${tag}`, "send", values);
  }

  async receive(values: MpiArray, from: number, tag: number | string = 0): Promise<void> {
    await this.#meet(`${from} ${this.rank} ${tag}`, "receive", values);
  }

  async allGather<T extends MpiArray>(values: T): Promise<T> {
    const tag = `all ${this.#collective++}`;
    const all = new (values.constructor as new (length: number) => T)(values.length * this.size);
    all.set(values, this.rank * values.length);
    const others = Array.from({ length: this.size }, (_, rank) => rank).filter((rank) => rank !== this.rank);
    await Promise.all(
      others.flatMap((other) => [
        this.send(values, other, tag),
        this.receive(all.subarray(other * values.length, (other + 1) * values.length), other, tag),
      ]),
    );
    return all;
  }

  async broadcast(values: MpiArray, root = 0): Promise<void> {
    const all = await this.allGather(values);
    values.set(all.subarray(root * values.length, (root + 1) * values.length));
  }

  async sendReceive({ to, send, from, receive, tag }: Exchange): Promise<void> {
    await Promise.all([this.send(send, to, tag), this.receive(receive, from, tag)]);
  }

  async barrier(): Promise<void> {
    await this.allGather(new Uint8Array(1));
  }

  allReduce = this.#absent;
  reduceScatter = this.#absent;
  allReduceSync = this.#absent;
  allGatherSync = this.#absent;
  reduceScatterSync = this.#absent;
  broadcastSync = this.#absent;
  sendSync = this.#absent;
  receiveSync = this.#absent;
  sendReceiveSync = this.#absent;
  barrierSync = this.#absent;
  abort = this.#absent;

  #absent(): never {
    throw new Error("Training calls nothing else");
  }

  keepMoving(): void {}
  finalize(): void {}
}
