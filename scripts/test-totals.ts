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
 */
export function readTotals(junit: string | undefined, status: number): Totals {
  const head = junit?.match(/<testsuites\b[^>]*>/)?.[0] ?? "";
  const count = (name: string) => Number(head.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const skipped = count("skipped");
  const failed = count("failures") + count("errors");
  const passed = count("tests") - failed - skipped;
  if (failed > 0) return { passed, failed, skipped };
  if (status !== 0)
    return { passed, failed: 1, skipped, problem: `The test runner ended with exit code ${status}.` };
  if (passed === 0) return { passed, failed: 1, skipped, problem: "No test ran." };
  return { passed, failed, skipped };
}
