/** Work that waits for nets now and then: it yields what it waits for, and is handed the value. */
export type Steps<T> = Generator<unknown, T, unknown>;

/** The value, for steps that need it: `yield* answerOf(…)`. */
export function* answerOf<T>(value: T | PromiseLike<T>): Steps<T> {
  return (yield value) as T;
}

/** Does the work at once, where nothing that it waits for is a promise. */
export function runNow<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next(step.value);
  return step.value;
}

/** Does the work, awaiting what it waits for. */
export async function runAwaiting<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await step.value);
  return step.value;
}
