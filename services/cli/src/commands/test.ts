import { availableParallelism } from 'node:os';
import { CliError } from '../errors.ts';
import { NO_TESTS, summary, sumOf, type TestCounts } from '../testing/counts.ts';
import { runTests, type TestRun } from '../testing/run-tests.ts';

const MINUTE_MS = 60_000;

/** Beside the sources, and what crosses services; `chaos` breaks Postgres and NATS in containers of their own. */
const GROUPS = {
  unit: {
    patterns: [
      'proto/**/*.test.ts',
      'libs/**/*.test.ts',
      'clients/**/*.test.ts',
      'services/**/*.test.ts',
      'test/simulation/**/*.test.ts',
    ],
    concurrency: availableParallelism(),
    timeoutMs: 5 * MINUTE_MS,
  },
  integration: { patterns: ['test/integration/**/*.test.ts'], concurrency: 1, timeoutMs: 10 * MINUTE_MS },
  e2e: { patterns: ['test/e2e/**/*.test.ts'], concurrency: 1, timeoutMs: 15 * MINUTE_MS },
  fuzz: { patterns: ['test/fuzz/**/*.test.ts'], concurrency: 1, timeoutMs: 120 * MINUTE_MS },
  chaos: { patterns: ['test/chaos/**/*.test.ts'], concurrency: 1, timeoutMs: 30 * MINUTE_MS },
} as const satisfies { readonly [name: string]: TestRun };

const NAMES: readonly (keyof typeof GROUPS)[] = ['unit', 'integration', 'e2e', 'fuzz', 'chaos'];

export const TEST_GROUPS: readonly string[] = Object.keys(GROUPS);

/** How long the fuzzer runs, and from which seed; it draws one if it is given none. */
export interface FuzzOptions {
  readonly seconds?: string;
  readonly seed?: string;
}

/** Runs a group of tests, or all of them; `only` narrows it to files whose path contains one of these. */
export async function test(
  group: string | undefined,
  only: readonly string[],
  fuzz: FuzzOptions = {},
): Promise<TestCounts> {
  // Each file is a process of its own, which inherits the environment.
  if (fuzz.seconds !== undefined) process.env.RECKON_FUZZ_SECONDS = wholeNumber('seconds', fuzz.seconds);
  if (fuzz.seed !== undefined) process.env.RECKON_FUZZ_SEED = wholeNumber('seed', fuzz.seed);
  const chosen = NAMES.filter((name) => group === undefined || name === group);
  if (chosen.length === 0)
    throw new CliError(`there is no test group ${group}`, `there are: ${TEST_GROUPS.join(', ')}`);
  let total = NO_TESTS;
  for (const name of chosen) total = sumOf(total, await runTests({ ...GROUPS[name], only }));
  if (total.skipped > 0) console.log(`${total.skipped} skipped`);
  console.log(summary(total));
  return total;
}

function wholeNumber(option: string, text: string): string {
  if (/^\d{1,10}$/.test(text)) return text;
  throw new CliError(`--${option} takes a whole number, not ${JSON.stringify(text)}`);
}
