export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One text for each test that failed: where it is, its name, and why. */
  readonly failures: readonly string[];
}

export const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function sumOf(a: TestCounts, b: TestCounts): TestCounts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/** The end of every run, for people and for CI: what failed, again, and a last line that counts. */
export function summary({ passed, failed, failures }: TestCounts): string {
  const again = failures.map((failure) => `✖ ${failure}\n`).join('');
  return `${again}${passed} passed, ${failed} failed`;
}
