import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@reckon/api';
import { CliError } from '../errors.ts';
import { parseWhen } from './parse-when.ts';
import { resolveWhen } from './resolve-when.ts';
import { revisionBefore } from './since.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 14, 0, 0);
const MINUTE_MS = 60_000;

test('WHEN is a revision, a time, or how long ago', () => {
  const ago = (ms: number) => ({ kind: 'time', atMs: NOW_MS - ms });
  const cases: readonly (readonly [string, object])[] = [
    ['4711', { kind: 'revision', revision: 4711 }],
    ['now', { kind: 'now' }],
    ['10 minutes ago', ago(10 * MINUTE_MS)],
    ['10m ago', ago(10 * MINUTE_MS)],
    ['10m', ago(10 * MINUTE_MS)],
    ['1h30m', ago(90 * MINUTE_MS)],
    ['1 hour, 30 minutes ago', ago(90 * MINUTE_MS)],
    ['an hour ago', ago(60 * MINUTE_MS)],
    ['1.5 days ago', ago(36 * 60 * MINUTE_MS)],
    ['2026-01-31T13:50:00Z', ago(10 * MINUTE_MS)],
    ['2026-01-31 14:50:00+01:00', ago(10 * MINUTE_MS)],
    ['2026-01-31T13:59:59.5Z', ago(500)],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseWhen(text, NOW_MS), expected, text);
});

test('what is no moment is refused with examples of moments', () => {
  for (const text of ['', 'yesterday', '10 parsecs ago', '-5', '2026-13-45', '14:00', '1e9m'])
    assert.throws(
      () => parseWhen(text, NOW_MS),
      (error: CliError) => error instanceof CliError && error.hint?.includes('10 minutes ago') === true,
      text,
    );
});

test('a moment that the log does not have is refused in the words of the server', async () => {
  const api = {
    resolveRevision: () =>
      Promise.reject(
        new ApiError('Expired', 'revision 3 is no longer kept: the log goes from revision 10 to 20'),
      ),
  };
  await assert.rejects(
    resolveWhen(api, '3', { nowMs: () => NOW_MS }),
    (error) => error instanceof CliError && /from revision 10 to 20/.test(error.message),
  );
});

test('"since" takes a revision in, and from a time before the log began everything', async () => {
  const beganMs = NOW_MS - 5 * MINUTE_MS;
  const log = (oldest: number) => ({
    // A revision a second.
    resolveRevision: async (moment?: { revision?: number; at?: string }) => {
      const asked = moment?.at ? (Date.parse(moment.at) - beganMs) / 1_000 : (moment?.revision ?? 20);
      if (asked < oldest) throw new ApiError('BadRequest', `${moment?.at} is before the log began`);
      const at = new Date(beganMs + asked * 1_000).toISOString();
      return { revision: Math.floor(asked), at, oldest, head: 20, logId: 'log' };
    },
  });
  const since = (text: string, oldest = 1) => revisionBefore(log(oldest), text, { nowMs: () => NOW_MS });
  assert.equal(await since('7'), 6);
  assert.equal(await since(new Date(beganMs + 7_000).toISOString()), 7);
  assert.equal(await since('1 hour ago'), 0);
  assert.equal(await since('1 hour ago', 10), 10);
  await assert.rejects(since('yesterday'), CliError);
});
