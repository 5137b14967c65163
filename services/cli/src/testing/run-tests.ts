import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { SOURCE_DIR } from '../cluster/surroundings.ts';
import { CliError } from '../errors.ts';
import { NO_TESTS, type TestCounts } from './counts.ts';

export interface TestRun {
  /** Globs, relative to the checkout. */
  readonly patterns: readonly string[];
  /** Test files at the same time. */
  readonly concurrency: number;
  /** For one file. */
  readonly timeoutMs: number;
  /** Only files whose path contains one of these. */
  readonly only?: readonly string[] | undefined;
}

/** Of an error's text: enough to see what differed. */
const REASON_LINES = 12;

/** Runs test files, each in a process of its own, shows what happens, and counts. */
export async function runTests(options: TestRun): Promise<TestCounts> {
  const files = globSync([...options.patterns], {
    cwd: SOURCE_DIR,
    exclude: (path) => /(^|\/)(node_modules|gen)$/.test(path),
  })
    .filter((file) => !options.only?.length || options.only.some((part) => file.includes(part)))
    .sort()
    .map((file) => join(SOURCE_DIR, file));
  if (files.length === 0) return NO_TESTS;
  const events = run({
    files,
    cwd: SOURCE_DIR,
    concurrency: options.concurrency,
    timeout: options.timeoutMs,
  });
  let counts: TestCounts | undefined;
  const failures: string[] = [];
  events.on('test:fail', ({ name, file, line, details: { error } }) => {
    // A suite fails with its tests, each of which was told.
    if ('failureType' in error && error.failureType === 'subtestsFailed') return;
    const at =
      file === undefined ? '' : `${relative(SOURCE_DIR, file)}${line === undefined ? '' : `:${line}`} `;
    failures.push(`${at}${name}\n  ${reasonOf(error)}`);
  });
  events.on('test:summary', (summary) => {
    // One comes for each file, and a last one, without a file, for all.
    if (summary.file !== undefined) return;
    const { tests, passed, skipped, todo } = summary.counts;
    counts = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo, failures };
  });
  const report = events.compose(new spec());
  for await (const text of report) process.stdout.write(text);
  if (!counts) throw new CliError('the test runner ended without a summary');
  return counts;
}

function reasonOf(error: Error): string {
  const { message } = error.cause instanceof Error ? error.cause : error;
  return message.split('\n').slice(0, REASON_LINES).join('\n  ');
}
