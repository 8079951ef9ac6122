import type { Reporter } from "../command/reporter.ts";
import type { ArrayTask } from "./array-task.ts";
import type { PartsFolder } from "./parts-folder.ts";
import { type Part, ResultElsewhere, type Shares } from "./shares.ts";

/**
 * Runs the work as a task of a Slurm array. Tasks run at any time: whichever ends last finds all parts and makes the
 * result. One that is requeued keeps its part, or its claim to make the result; one that runs again afterwards does
 * nothing.
 *
 * @throws {ResultElsewhere} Where another task makes the result, or has made it.
 */
export async function inArray<R>(
  { index, count }: ArrayTask,
  parts: PartsFolder,
  reporter: Reporter,
  work: (shares: Shares) => Promise<R>,
): Promise<R> {
  const own = `part ${index + 1} of ${count}`;
  const elsewhere = (message: string) => {
    reporter.warn(message);
    return new ResultElsewhere(message);
  };
  if (await parts.isDone())
    throw elsewhere(`An earlier run of this array has made the result, ${own} with it`);
  await parts.make();
  const meet = async <T>(make: () => Promise<Part<T>>): Promise<Part<T>[]> => {
    if (!(await parts.has(index))) await parts.write(index, await make());
    const all = Array.from({ length: count }, (_, i) => i);
    const there = await Promise.all(all.map((i) => parts.has(i)));
    const missing = all.filter((i) => !there[i]);
    if (missing.length > 0) {
      const others = `${missing.length} are missing, such as part ${missing[0] + 1}`;
      throw elsewhere(`Made ${own} in ${parts.path}; ${others}: the last one makes the result of them`);
    }
    const maker = await parts.claim(index);
    if (maker !== index) {
      const died = `should it have died, requeue that task`;
      throw elsewhere(`Made ${own}; the task of part ${maker + 1} makes the result; ${died}`);
    }
    return Promise.all(all.map((i) => parts.read<T>(i)));
  };
  const result = await work({ index, count, threads: undefined, folder: parts.path, meet });
  await parts.finish(count);
  return result;
}
