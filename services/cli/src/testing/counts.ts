export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The last line of every run, for people and for CI. */
export function summaryLine({ passed, failed }: TestCounts): string {
  return `${passed} passed, ${failed} failed`;
}
