import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiError } from '@reckon/api';
import type { StoredRecord } from '@reckon/store';
import { type Moment, type ResolvingLog, resolveRevision } from './resolve-revision.ts';

const NOON_MS = Date.UTC(2026, 0, 1, 12);
const NOW_MS = NOON_MS + 60_000;

/** Revision n was written n seconds after noon. */
function logOf(head: number, floor: number): ResolvingLog {
  const atMs = (rev: number) => NOON_MS + rev * 1_000;
  const record = (rev: number): StoredRecord => ({
    rev,
    atMs: atMs(rev),
    key: { resource: 'pods', namespace: 'default', name: 'a' },
    uid: 'u',
    op: 'update',
    body: undefined,
    prevRev: 0,
    provenance: { actor: 'jane', requestId: 'r' },
    schemaVersion: 1,
    confidential: false,
  });
  const end = { logId: 'log-1', rev: head, atMs: head === 0 ? NOON_MS : atMs(head) };
  return {
    kept: async () => ({ head: end, floor }),
    revisionAt: async (ms) => Math.max(floor, Math.min(head, Math.floor((ms - NOON_MS) / 1_000))),
    readLog: async ({ after }) => ({
      records: after < head ? [record(after + 1)] : [],
      through: after + 1,
      head: end,
    }),
  };
}

const time = (seconds: number): Moment => ({ kind: 'time', atMs: NOON_MS + seconds * 1_000 });

test('a moment is the last revision that is not after it', async () => {
  const log = logOf(20, 0);
  const found = async (moment: Moment) => {
    const { rev, atMs, oldest, head } = await resolveRevision(log, moment, NOW_MS);
    return [rev, (atMs - NOON_MS) / 1_000, oldest, head];
  };
  assert.deepEqual(await found({ kind: 'head' }), [20, 20, 1, 20]);
  assert.deepEqual(await found({ kind: 'revision', rev: 7 }), [7, 7, 1, 20]);
  assert.deepEqual(await found(time(7.5)), [7, 7, 1, 20]);
  assert.deepEqual(await found(time(59)), [20, 20, 1, 20]);
});

test('a moment that is not there is refused with the range that is', async () => {
  const cases: readonly (readonly [ResolvingLog, Moment, RegExp])[] = [
    [
      logOf(20, 0),
      time(-5),
      /before the log began: the log goes from revision 1 \(2026-01-01T12:00:01.000Z\) to 20 \(/,
    ],
    [logOf(20, 0), time(61), /is in the future, it is 2026-01-01T12:01:00.000Z now: the log goes from/],
    [logOf(20, 0), { kind: 'revision', rev: 21 }, /revision 21 is in the future: .* to 20/],
    [
      logOf(20, 10),
      { kind: 'revision', rev: 9 },
      /revision 9 is no longer kept: the log goes from revision 10/,
    ],
    [logOf(20, 10), time(4), /no longer kept: the log goes from revision 10/],
    [logOf(0, 0), { kind: 'revision', rev: 1 }, /the log is still empty/],
  ];
  for (const [log, moment, message] of cases)
    await assert.rejects(resolveRevision(log, moment, NOW_MS), (error: ApiError) => {
      assert.match(error.message, message);
      return true;
    });
});
