/** Runs `work(0)` … `work(n - 1)`, at most `lanes` of them at a time. Rejects with the first failure. */
export async function inLanes(
  n: number,
  lanes: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(n, lanes) }, async () => {
      while (next < n) await work(next++);
    }),
  );
}
