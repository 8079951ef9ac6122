let running: AbortController | undefined;

/**
 * A signal that aborts when the running cell is interrupted (Jupyter's ■, or `I` `I`): `train` and whoever else takes
 * a signal then finish what is under way and return, and the cell goes on with what they return. Without it an
 * interrupted cell just ends, with its work going on unseen. A second interruption ends the cell in any case.
 */
export function cellSignal(): AbortSignal {
  if (running === undefined || running.signal.aborted) {
    running = new AbortController();
    // For kernels other than this package's. Later, as Node takes the handlers of SIGINT away while a cell's synchronous
    // part runs: with one added then, it would leave the signal to end the process.
    queueMicrotask(() => process.once("SIGINT", interruptCell));
  }
  return running.signal;
}

/** Aborts the running cell's signal; false where it has none or was interrupted already. */
export function interruptCell(): boolean {
  if (running === undefined || running.signal.aborted) return false;
  running.abort();
  return true;
}

/** Lets the next cell have a signal of its own. */
export function endCell(): void {
  process.removeListener("SIGINT", interruptCell);
  running = undefined;
}
