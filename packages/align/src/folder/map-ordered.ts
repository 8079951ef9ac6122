import { setImmediate } from "node:timers/promises";

/**
 * Maps items by an asynchronous function with several calls in flight, and gives the results in the
 * order of the items. A failed call ends the iteration with its error.
 *
 * @param inFlight Calls that run ahead of the result that is waited for.
 */
export async function* mapOrdered<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  body: (item: T) => Promise<R>,
  inFlight: number,
): AsyncGenerator<R, void, undefined> {
  const pending: Promise<R>[] = [];
  for await (const item of items) {
    const result = body(item);
    result.catch(() => {}); // reported when its turn comes
    pending.push(result);
    if (pending.length > inFlight) yield await (pending.shift() as Promise<R>);
    // Lets the replies of files and decoders in, which a chain of settled promises would keep out.
    await setImmediate();
  }
  for (const result of pending) yield await result;
}
