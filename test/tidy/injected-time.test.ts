import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, sourceFiles } from './sources.ts';

/** Time and chance come in through the constructor (docs: "Time is injected"); these would go round it. */
const FORBIDDEN =
  /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(|\brandomUUID\b|(?<![.\w])(setTimeout|setInterval)\(|['"]node:timers/;

/** Where the real clock is made, and the program that people wait for. */
const EXEMPT = /^(libs\/service|services\/cli|proto|test)\//;

test('nothing beside libs/service and the command line asks the machine for time or chance', () => {
  const files = sourceFiles().filter(({ path }) => !EXEMPT.test(path));
  assert.ok(files.length > 0);
  assert.deepEqual(matches(files, FORBIDDEN), []);
});

test('the ban sees each way round the clock', () => {
  const line = (text: string) => matches([{ path: 'x.ts', text }], FORBIDDEN).length;
  for (const text of [
    'const at = Date.now();',
    'new Date()',
    'setTimeout(run, 5)',
    "import { setTimeout } from 'node:timers/promises'",
    'crypto.randomUUID()',
  ])
    assert.equal(line(text), 1, text);
  for (const text of ['clock.setTimeout(run)', 'new Date(atMs)', 'socket.setTimeout(5)'])
    assert.equal(line(text), 0, text);
});
