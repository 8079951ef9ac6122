import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Debian's Python, which has Debian's PyTorch. */
const PYTHON = "/usr/bin/python3";

/** One side of a benchmark in a process of its own, most often PyTorch's: a program that does as many units of work as it is told, and times them. */
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

  /** Starts `bench/peers/<program>` under the system's Python, or another command; fails where a module is missing. */
  static async start(
    program: string,
    args: readonly string[],
    [command, ...before]: readonly string[] = [PYTHON],
  ): Promise<Peer> {
    const child = spawn(command, [...before, join(import.meta.dirname, program), ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin!.on("error", () => {}); // of a program that has ended; its missing answer tells
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done)
      throw new Error(`Cannot start ${program}: expected its version on the first line, got its end`);
    return new Peer(child, lines, first.value);
  }

  /** Seconds that `count` units of work took. */
  async run(count: number): Promise<number> {
    const line = await this.ask(String(count));
    const [seconds, bytes, cpuSeconds = Number.NaN] = line.split(" ").map(Number);
    this.peakMemory = bytes;
    this.cpuSeconds = cpuSeconds;
    return seconds;
  }

  /** What the program answers to a line. */
  async ask(line: string): Promise<string> {
    this.#child.stdin!.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done)
      throw new Error("Cannot time the other side: expected seconds, got the end of its output");
    return answer.value;
  }

  /** Ends the program; resolves when it is gone, and with it the memory that it had on a GPU. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.stdin!.end();
    await gone;
  }
}
