import { awaitAsLastLine } from "./deno-display.ts";

const pending = new Set<Promise<void>>();
/** All that `show` returned, ended or not. */
const shows = new WeakSet<object>();

/** Lets the kernel wait for `shown` before the cell ends, so that nobody has to await it. */
export function trackShow(shown: Promise<void>): Promise<void> {
  pending.add(shown);
  shows.add(shown);
  awaitAsLastLine(shown);
  const forget = () => pending.delete(shown);
  shown.then(forget, forget);
  return shown;
}

/** Whether this is what a `show` returned, which a cell's last line need not print. */
export function isShow(value: unknown): boolean {
  return typeof value === "object" && value !== null && shows.has(value);
}

/** Waits for what is being shown; gives the errors of those that failed. */
export async function settleShows(): Promise<unknown[]> {
  const results = await Promise.allSettled(pending);
  return results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
}
