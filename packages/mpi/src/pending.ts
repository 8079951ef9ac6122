import { setImmediate, setTimeout } from "node:timers/promises";
import type { MpiLibrary, NativeValue } from "./load-library.ts";

/** Milliseconds after which a wait is taken to be for another process's work rather than for a message on its way. */
const SOON = 20;

/** Memory for an MPI_Status, which is longer in neither implementation. */
export const STATUS_BYTES = 64;

/**
 * Starts a non-blocking call and waits for its end without blocking the event loop: MPI moves its messages whenever it
 * is asked whether they are through, first in every turn of the loop, then once a millisecond.
 *
 * @param start Makes the call, with the memory of the request.
 * @param memory What MPI reads and writes until then.
 * @throws {MpiError} With MPI's text.
 */
export async function pending(
  library: MpiLibrary,
  start: (request: NativeValue) => void,
  ...memory: ArrayBufferView[]
): Promise<void> {
  for (const { buffer } of memory) void buffer; // a small array's memory only then stays where it is
  const request = new BigInt64Array(1);
  const flag = new Int32Array(1);
  const status = new Uint8Array(STATUS_BYTES);
  start(request);
  const since = performance.now();
  for (;;) {
    library.call("MPI_Test", request, flag, status);
    if (flag[0] !== 0) return keep(memory);
    if (performance.now() - since < SOON) await setImmediate();
    else await setTimeout(1);
  }
}

/** Memory that is still mentioned is not collected. */
function keep(_memory: readonly ArrayBufferView[]): void {}
