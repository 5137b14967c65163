import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '@reckon/api';
import { obstaclesOf } from './obstacles.ts';
import { causeTrees } from './tree.ts';
import { treeJson, treesText } from './why-text.ts';

const BEGAN_MS = Date.UTC(2026, 0, 1, 12);

function event(
  rev: number,
  cause: number | undefined,
  more: Partial<LogRecord> & { because?: string } = {},
): LogRecord {
  const { because, ...rest } = more;
  return {
    rev,
    atMs: BEGAN_MS + rev * 10,
    key: { resource: 'pods', namespace: 'shop', name: `p${rev}` },
    uid: `u${rev}`,
    op: 'create',
    body: undefined,
    prevRev: 0,
    provenance: {
      actor: cause === undefined ? 'jane' : 'system:kube-scheduler',
      requestId: `r${rev}`,
      cause,
      because,
    },
    schemaVersion: 1,
    ...rest,
  };
}

const text = (records: readonly LogRecord[]) =>
  treesText(causeTrees(records), { own: new Set(), changes: new Map() }).split('\n');

test('causes are drawn as a tree from the request down, with who, why and how long after', () => {
  const records = [
    event(9, 7, { because: 'the pod is Running', op: 'update' }),
    event(5, undefined),
    event(7, 5, { because: 'jane asked for 2 pods' }),
    event(8, 5),
    event(9, 7, { because: 'the pod is Running', op: 'update' }),
  ];
  assert.deepEqual(text(records), [
    '5  2026-01-01T12:00:00.050Z  jane created pods/p5 in shop, request r5',
    '├─ 7  +20 ms  scheduler created pods/p7 in shop: jane asked for 2 pods',
    '│  └─ 9  +20 ms  scheduler changed pods/p9 in shop: the pod is Running',
    '└─ 8  +30 ms  scheduler created pods/p8 in shop',
  ]);
});

test('a cause that is not there any more is named and makes a tree of its own', () => {
  assert.deepEqual(text([event(8, 3)]), [
    '8  2026-01-01T12:00:00.080Z  scheduler created pods/p8 in shop, because of revision 3, which is not shown',
  ]);
  assert.deepEqual(text([event(8, 8)]), text([event(8, 8)]), 'a circle is no tree');
});

test('programs get the same tree', () => {
  const [root] = causeTrees([event(5, undefined), event(7, 5)]);
  assert.ok(root);
  const { revision, cause, effects } = treeJson(root);
  assert.deepEqual([revision, cause], [5, null]);
  assert.deepEqual(
    effects.map((one) => [one.revision, one.cause, one.millisecondsAfterCause]),
    [[7, 5, 20]],
  );
});

test('what keeps an object from going on is told in sentences', () => {
  const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:v9"' };
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['all is well', { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }, []],
    [
      'room is being made',
      { status: { phase: 'Pending', nominatedNodeName: 'n1' } },
      ['the phase is Pending', 'pods of lower priority make room for it on n1'],
    ],
    [
      'nowhere to run',
      {
        status: {
          phase: 'Pending',
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/1 nodes are available',
            },
          ],
        },
      },
      ['the phase is Pending', 'PodScheduled is False (Unschedulable): 0/1 nodes are available'],
    ],
    [
      'no image',
      { status: { containerStatuses: [{ name: 'web', restartCount: 0, state: { waiting } }] } },
      ['container web is waiting (ImagePullBackOff): Back-off pulling image "web:v9"'],
    ],
    [
      'crashes',
      {
        status: {
          containerStatuses: [
            {
              name: 'web',
              restartCount: 3,
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { exitCode: 1, reason: 'Error' } },
            },
          ],
        },
      },
      [
        'container web is waiting (CrashLoopBackOff)',
        'container web ended before with exit code 1 (Error)',
        'container web was restarted 3 times',
      ],
    ],
    [
      'a sick node',
      { status: { conditions: [{ type: 'DiskPressure', status: 'True' }] } },
      ['DiskPressure is True'],
    ],
    [
      'goes away',
      { metadata: { deletionTimestamp: '2026-01-01T12:00:00Z', finalizers: ['a/b'] } },
      ['it is being deleted since 2026-01-01T12:00:00Z, which waits for a/b'],
    ],
  ];
  for (const [what, object, expected] of cases)
    assert.deepEqual(obstaclesOf(JSON.parse(JSON.stringify(object))), expected, what);
});
