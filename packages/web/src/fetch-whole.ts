/** Milliseconds in which some of a file must come. */
const PATIENCE = 10_000;

/**
 * A file, once all of it has come.
 *
 * @throws {Error} `Cannot load …`: when the host does not have it or is not reached, or nothing of it comes for ten seconds.
 */
export async function fetchWhole(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  const stop = new AbortController();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    clearTimeout(waiting);
    const seconds = PATIENCE / 1000;
    const error = new Error(
      `Cannot load ${path}: expected more of it within ${seconds} seconds, got nothing`,
    );
    waiting = setTimeout(() => stop.abort(error), PATIENCE);
  };
  const fail = (cause: Error): never => {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw new Error(`Cannot load ${path}: expected all of it, got ${cause.message}`, { cause });
  };
  wait();
  try {
    const response = await fetch(request, { signal: stop.signal }).catch(fail);
    if (!response.ok) throw new Error(`Cannot load ${path}: expected a file, got status ${response.status}`);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader(); ; ) {
      const { done, value } = await reader.read().catch(fail);
      if (done) break;
      parts.push(value);
      wait();
    }
    return new Response(new Blob(parts), { headers: response.headers });
  } finally {
    clearTimeout(waiting);
  }
}
