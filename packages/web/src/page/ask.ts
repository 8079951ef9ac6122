import type { Report } from "../messages.ts";
import type { tasks } from "../worker/worker.ts";

type Tasks = typeof tasks;
type Answer<K extends keyof Tasks> = Awaited<ReturnType<Tasks[K]>>;

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly tell: (report: Report) => void;
}

const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, Waiting>();
let next = 1;
/** Why the worker answers no more. */
let broken: Error | undefined;

worker.onmessage = ({ data }) => {
  const { id, report, error, answer } = data;
  const asked = waiting.get(id);
  if (report) {
    asked?.tell(report);
    return;
  }
  waiting.delete(id);
  if (error) asked?.reject(Object.assign(new Error(error.message), { name: error.name }));
  else asked?.resolve(answer as never);
};

worker.onerror = ({ message }) => {
  broken = new Error(`Cannot compute: ${message || "the worker did not start"}; load the page again`);
  for (const { reject } of waiting.values()) reject(broken);
  waiting.clear();
};

/**
 * Asks the worker for a task.
 *
 * @param tell Told what the task reports on its way.
 * @param transfer What goes to the worker instead of a copy.
 */
export function ask<K extends keyof Tasks>(
  what: K,
  value: Parameters<Tasks[K]>[0],
  tell: (report: Report) => void = () => {},
  transfer: Transferable[] = [],
): Promise<Answer<K>> {
  if (broken) return Promise.reject(broken);
  return new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject, tell });
    worker.postMessage({ id, what, value }, transfer);
  });
}
