import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { systemClock } from '@reckon/service';
import { SOURCE_DIR } from '../cluster/surroundings.ts';
import { LineProgress } from '../output/progress.ts';
import { NO_TESTS, summary, sumOf, type TestCounts } from '../testing/counts.ts';
import { runTests } from '../testing/run-tests.ts';

interface Gate {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
}

const GATES: readonly Gate[] = [
  { title: 'format and lint', program: 'biome', args: ['ci', '--colors=off'] },
  { title: 'types', program: 'tsc', args: ['-p', 'tsconfig.json', '--pretty', 'false'] },
];

/** What must hold of the sources before any test runs: format, lint, types, and the rules of the house. */
export async function check(): Promise<TestCounts> {
  const progress = new LineProgress();
  let counts = NO_TESTS;
  for (const gate of GATES) {
    const startedMs = systemClock.monotonicMs();
    const problem = await runGate(gate);
    counts =
      problem === undefined
        ? { ...counts, passed: counts.passed + 1 }
        : { ...counts, failed: counts.failed + 1 };
    if (problem === undefined) progress.done(gate.title, systemClock.monotonicMs() - startedMs);
    else progress.warn(`${gate.title}\n${problem}`);
  }
  const tidy = await runTests({ patterns: ['test/tidy/**/*.test.ts'], concurrency: 2, timeoutMs: 60_000 });
  const total = sumOf(counts, tidy);
  console.log(summary(total));
  return total;
}

/** Its output if it failed. */
function runGate({ program, args }: Gate): Promise<string | undefined> {
  return new Promise((resolve) => {
    const path = join(SOURCE_DIR, 'node_modules', '.bin', program);
    execFile(path, args, { cwd: SOURCE_DIR, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve(error === null ? undefined : `${stdout}${stderr}`.trim() || error.message);
    });
  });
}
