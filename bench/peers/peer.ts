import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Debian's Python, which has Debian's PyTorch. */
const PYTHON = "/usr/bin/python3";

/** A benchmark's other side: a Python program that does as many units of work as it is told, and times them. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly version: string;
  /** Bytes of memory that the other side has had at most. */
  peakMemory = 0;
  /** Seconds of processor time that the last work took, where the program tells. */
  cpuSeconds = Number.NaN;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, version: string) {
    this.#child = child;
    this.#lines = lines;
    this.version = version;
  }

  /** Starts `bench/peers/<program>` under the system's Python; fails where a module is missing. */
  static async start(program: string, args: readonly string[]): Promise<Peer> {
    const child = spawn(PYTHON, [join(import.meta.dirname, program), ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done)
      throw new Error(`Cannot start ${program}: expected its version on the first line, got its end`);
    return new Peer(child, lines, first.value);
  }

  /** Seconds that `count` units of work took. */
  async run(count: number): Promise<number> {
    this.#child.stdin!.write(`${count}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error("Cannot time the other side: expected seconds, got the end of its output");
    const [seconds, bytes, cpuSeconds = Number.NaN] = line.value.split(" ").map(Number);
    this.peakMemory = bytes;
    this.cpuSeconds = cpuSeconds;
    return seconds;
  }

  stop(): void {
    this.#child.stdin!.end();
  }
}
