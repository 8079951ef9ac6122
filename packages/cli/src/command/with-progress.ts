import type { CommandContext } from "./command.ts";

/** Runs work that tells how far it is: shows its progress, and stops it when the signal is given. */
export async function withProgress<T>(
  { reporter, signal }: CommandContext,
  { title, total, unit }: { readonly title: string; readonly total: number; readonly unit: string },
  work: (onProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  const progress = reporter.progress(title, total, unit);
  const result = await work((done) => {
    signal.throwIfAborted();
    progress.update(done);
  });
  progress.end();
  return result;
}
