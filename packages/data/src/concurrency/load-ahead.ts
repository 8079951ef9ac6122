/** Work under way in other threads. */
export interface Loading<T> {
  /** Settles once the rest needs no turn of the event loop; never rejects. */
  readonly handedOver: Promise<void>;
  readonly value: Promise<T>;
}

/**
 * Yields `load(from)` … `load(to - 1)` in order, and keeps up to `prefetch` further ones under way while
 * the consumer works. A training step blocks the event loop, so the next value is handed over to other
 * threads before this one is yielded. Ends only when nothing is under way any more.
 */
export async function* loadAhead<T>(
  from: number,
  to: number,
  prefetch: number,
  load: (index: number) => Loading<T>,
): AsyncGenerator<T, void, undefined> {
  const waiting: Loading<T>[] = [];
  let next = from;
  const fill = () => {
    while (next < to && waiting.length < prefetch) {
      const loading = load(next++);
      loading.value.catch(() => {}); // reported when its turn comes
      waiting.push(loading);
    }
  };
  try {
    fill();
    while (waiting.length > 0) {
      const value = await waiting[0].value;
      waiting.shift();
      fill();
      await waiting[0]?.handedOver;
      yield value;
    }
  } finally {
    await Promise.allSettled(waiting.map(({ value }) => value));
  }
}
