import { cpus } from "node:os";
import type { SessionOptions, Threading } from "../runtime.ts";
import { CoreWatch } from "./core-watch.ts";
import { coreQuota, usableCores } from "./usable-cores.ts";

/** Milliseconds after which the cores are looked at again, and for which they must be free before threads spin again. */
const LOOK = 5_000;
const QUIET = 60_000;

/** Cores by which others may be busy before threads sleep: a machine is never quite idle. */
const SLACK = 0.25;

/** What a policy goes by. */
export interface Machine {
  readonly cores: number;
  /** As many cores' time as this process is left. */
  readonly quota: number;
  /** Tells how many cores other processes keep busy. */
  readonly watch: Pick<CoreWatch, "busyElsewhere">;
  /** With how many threads models compute. */
  readonly threads: number;
}

/** Chooses, and chooses again while models run, whether threads that wait spin or sleep. */
export class ThreadingPolicy {
  readonly #watch: Pick<CoreWatch, "busyElsewhere">;
  readonly #quota: number;
  readonly #cores: number;
  #threads: number;
  #current: Threading;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #sharedAt = Number.NEGATIVE_INFINITY;

  /** @param machine What differs from this one. */
  constructor(machine: Partial<Machine> = {}) {
    this.#watch = machine.watch ?? new CoreWatch();
    this.#quota = machine.quota ?? coreQuota();
    this.#cores = machine.cores ?? cpus().length;
    this.#threads = machine.threads ?? usableCores();
    this.#current = this.#choose(0);
  }

  /** How models compute from now on; the same object as long as nothing changes. */
  at(now = performance.now()): Threading {
    if (now - this.#lookedAt < LOOK) return this.#current;
    const busy = this.#watch.busyElsewhere();
    if (busy === undefined) return this.#current;
    this.#lookedAt = now;
    if (busy > this.#spare) this.#sharedAt = now;
    const quiet = now - this.#sharedAt >= QUIET;
    if (this.#current.spinning ? busy > this.#spare : quiet) this.#current = this.#choose(busy);
    return this.#current;
  }

  /** @throws {RangeError} When it is no positive integer. */
  setThreads(threads: number): void {
    if (!(Number.isInteger(threads) && threads > 0)) {
      throw new RangeError(`Cannot compute: expected a positive number of threads, got ${threads}`);
    }
    this.#threads = threads;
    this.#current = this.#choose(0);
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** Cores that others may keep busy without taking one of ours. */
  get #spare(): number {
    return this.#cores - this.#threads + SLACK;
  }

  #choose(busy: number): Threading {
    const threads = this.#threads;
    const sleep = (reason: string) => ({ threads, spinning: false, reason });
    if (this.#quota < this.#cores)
      return sleep(`a quota leaves ${round(this.#quota)} of ${this.#cores} cores`);
    if (busy > this.#spare) return sleep(`other processes keep ${round(busy)} of ${this.#cores} cores busy`);
    return { threads, spinning: true, reason: "no other process needs their cores" };
  }
}

const round = (cores: number) => Number(cores.toFixed(1));

/** ONNX Runtime's options for it. */
export function threadingOptions({
  threads,
  spinning,
}: Pick<Threading, "threads" | "spinning">): SessionOptions {
  const session = { intra_op: { allow_spinning: spinning ? "1" : "0" } };
  return { intraOpNumThreads: threads, interOpNumThreads: 1, extra: { session } };
}
