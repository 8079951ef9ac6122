/**
 * Work that may have to wait: it yields the promises that it waits for. onnxruntime-node computes at once and
 * onnxruntime-web later; what is written as steps is the same for both.
 */
export type Steps<T> = Generator<Promise<unknown>, T, never>;

/** What a promise gives. */
export function* wait<T>(promise: Promise<T>): Steps<T> {
  return (yield promise) as T;
}

/** Carries out steps none of which waits. */
export function atOnce<T>(steps: Steps<T>): T {
  const { done, value } = steps.next();
  if (done) return value;
  throw new Error("Cannot compute at once: expected steps that do not wait, got a promise");
}

/** Carries out steps, and waits where they wait. */
export async function inTurn<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next();
  while (!next.done) {
    let got: unknown;
    try {
      got = await next.value;
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(got as never);
  }
  return next.value;
}
