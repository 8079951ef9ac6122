import type { ChildProcess } from "node:child_process";
import type { OutputEvent } from "./cell-outputs.ts";

/** A cell to run. */
export interface RunCell {
  /** Number of the code cell, from 1. */
  cell: number;
  source: string;
}

/** A kernel in a child process that runs one notebook; every failure of it ends the running cell with an error output. */
export abstract class ChildKernel {
  readonly #child: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  readonly #ready: Promise<void>;
  #setReady: () => void = () => {};
  #onEvent: (event: OutputEvent) => void = () => {};
  #onDone: ((ok: boolean) => void) | undefined;
  #dead: OutputEvent | undefined;
  #stderr = "";

  constructor(child: ChildProcess, timeoutMs: number) {
    this.#child = child;
    this.#ready = new Promise((done) => {
      this.#setReady = done;
    });
    child.stderr!.on("data", (chunk) => {
      this.#stderr = (this.#stderr + chunk).slice(-4000);
    });
    child.on("error", (error) => this.die("KernelError", `the kernel did not start: ${error.message}`));
    child.on("close", (code, signal) =>
      this.die(
        "KernelError",
        `the kernel ended with ${signal ?? `exit code ${code}`}\n${this.#stderr}`.trim(),
      ),
    );
    this.#timer = setTimeout(() => {
      this.die("TimeoutError", `expected the notebook to end within ${timeoutMs / 1000} s, got no end`);
      child.kill("SIGKILL");
    }, timeoutMs);
  }

  /** Runs one cell; false where it failed. */
  async run(request: RunCell, onEvent: (event: OutputEvent) => void): Promise<boolean> {
    this.#onEvent = onEvent;
    await this.#ready;
    if (this.#dead) {
      onEvent(this.#dead);
      return false;
    }
    return new Promise((done) => {
      this.#onDone = done;
      this.send(request);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#child.removeAllListeners("close");
    this.#child.kill("SIGKILL");
  }

  protected abstract send(request: RunCell): void;

  /** Cells can come. */
  protected ready(): void {
    this.#setReady();
  }

  /** The running cell puts something out. */
  protected emit(event: OutputEvent): void {
    this.#onEvent(event);
  }

  /** The running cell has ended. */
  protected finish(ok: boolean): void {
    this.#onDone?.(ok);
    this.#onDone = undefined;
  }

  protected die(ename: string, evalue: string): void {
    if (this.#dead) return;
    this.#dead = { type: "error", ename, evalue, traceback: `${ename}: ${evalue}` };
    if (this.#onDone) this.#onEvent(this.#dead);
    this.#setReady();
    this.finish(false);
  }
}
