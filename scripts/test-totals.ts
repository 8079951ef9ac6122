export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** Set where the run failed without a failing test. */
  problem?: string;
}

/**
 * Totals of a test run. A run that ends with an error but has no failing test, and one in which nothing
 * ran, count one failure.
 *
 * @param junit The JUnit report, or `undefined` where the runner wrote none.
 * @param status Exit code of the test runner.
 * @param isPart Whether it is one of several runs, in which all tests may be skipped.
 */
export function readTotals(junit: string | undefined, status: number, isPart = false): Totals {
  const head = junit?.match(/<testsuites\b[^>]*>/)?.[0] ?? "";
  const count = (name: string) => Number(head.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  // Deno names them, and counts none.
  const skipped = count("skipped") || (junit?.match(/<skipped\b/g)?.length ?? 0);
  const failed = count("failures") + count("errors");
  const passed = count("tests") - failed - skipped;
  if (failed > 0) return { passed, failed, skipped };
  if (status !== 0)
    return { passed, failed: 1, skipped, problem: `The test runner ended with exit code ${status}.` };
  if (passed === 0 && !(isPart && skipped > 0))
    return { passed, failed: 1, skipped, problem: "No test ran." };
  return { passed, failed, skipped };
}
