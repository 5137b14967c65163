import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../meta/types.ts';
import { printerOf, type TableCell } from './index.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const created = '2026-01-01T00:00:00Z';
const secondsAgo = (seconds: number): string => new Date(nowMs - seconds * 1_000).toISOString();

function object(
  kind: string,
  rest: Record<string, unknown>,
  metadata: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', creationTimestamp: created, ...metadata },
    ...rest,
  };
}

/** Cells by the heading that kubectl shows. */
function row(resource: string, value: KubeObject): Record<string, TableCell> {
  const printer = printerOf(resource);
  const { cells } = printer.row(value, nowMs);
  assert.equal(cells.length, printer.columns.length);
  return Object.fromEntries(printer.columns.map(({ name }, at) => [name.toUpperCase(), cells[at] ?? null]));
}

describe('pods', () => {
  interface PodCase {
    readonly is: string;
    readonly spec?: Record<string, unknown>;
    readonly status: Record<string, unknown>;
    readonly metadata?: Record<string, unknown>;
    readonly ready: string;
    readonly word: string;
    readonly restarts?: string;
  }
  const container = (name: string, state: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({
    name,
    state,
    ready: false,
    restartCount: 0,
    ...rest,
  });
  const running = (name: string, rest: Record<string, unknown> = {}) =>
    container(name, { running: { startedAt: created } }, { ready: true, started: true, ...rest });
  const ended = (name: string, terminated: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
    container(name, { terminated }, rest);
  const lastEnded = (seconds: number) => ({ lastState: { terminated: { finishedAt: secondsAgo(seconds) } } });
  const two = { containers: [{ name: 'a' }, { name: 'b' }] };
  const withInit = { initContainers: [{ name: 'i' }, { name: 'j' }], containers: [{ name: 'a' }] };
  const sidecar = { initContainers: [{ name: 's', restartPolicy: 'Always' }], containers: [{ name: 'a' }] };
  const waiting = (name: string, reason: string) => container(name, { waiting: { reason } });

  const cases: readonly PodCase[] = [
    { is: 'not scheduled yet', status: { phase: 'Pending' }, ready: '0/1', word: 'Pending' },
    {
      is: 'held back by a gate',
      status: {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      },
      ready: '0/1',
      word: 'SchedulingGated',
    },
    {
      is: 'starting',
      status: { phase: 'Pending', containerStatuses: [waiting('a', 'ContainerCreating')] },
      ready: '0/1',
      word: 'ContainerCreating',
    },
    {
      is: 'without its image',
      status: { phase: 'Pending', containerStatuses: [waiting('a', 'ErrImagePull')] },
      ready: '0/1',
      word: 'ErrImagePull',
    },
    {
      is: 'running',
      spec: two,
      status: { phase: 'Running', containerStatuses: [running('a'), running('b')] },
      ready: '2/2',
      word: 'Running',
    },
    {
      is: 'restarted a while ago',
      status: {
        phase: 'Running',
        containerStatuses: [running('a', { restartCount: 2, ...lastEnded(300) })],
      },
      ready: '1/1',
      word: 'Running',
      restarts: '2 (5m ago)',
    },
    {
      is: 'crashing in one of two containers',
      spec: two,
      status: {
        phase: 'Running',
        containerStatuses: [
          running('a'),
          { ...waiting('b', 'CrashLoopBackOff'), restartCount: 3, ...lastEnded(10) },
        ],
      },
      ready: '1/2',
      word: 'CrashLoopBackOff',
      restarts: '3 (10s ago)',
    },
    {
      is: 'ended with an error',
      status: { phase: 'Failed', containerStatuses: [ended('a', { exitCode: 1, reason: 'Error' })] },
      ready: '0/1',
      word: 'Error',
    },
    {
      is: 'ended without a reason',
      status: { phase: 'Failed', containerStatuses: [ended('a', { exitCode: 3 })] },
      ready: '0/1',
      word: 'ExitCode:3',
    },
    {
      is: 'killed by a signal',
      status: { phase: 'Failed', containerStatuses: [ended('a', { exitCode: 137, signal: 9 })] },
      ready: '0/1',
      word: 'Signal:9',
    },
    {
      is: 'completed',
      status: { phase: 'Succeeded', containerStatuses: [ended('a', { exitCode: 0, reason: 'Completed' })] },
      ready: '0/1',
      word: 'Completed',
    },
    {
      is: 'half completed and ready',
      spec: two,
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [ended('a', { exitCode: 0, reason: 'Completed' }), running('b')],
      },
      ready: '1/2',
      word: 'Running',
    },
    {
      is: 'half completed and not ready',
      spec: two,
      status: {
        phase: 'Running',
        containerStatuses: [ended('a', { exitCode: 0, reason: 'Completed' }), running('b')],
      },
      ready: '1/2',
      word: 'NotReady',
    },
    {
      is: 'evicted',
      status: { phase: 'Failed', reason: 'Evicted' },
      ready: '0/1',
      word: 'Evicted',
    },
    {
      is: 'in its second init container',
      spec: withInit,
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          ended('i', { exitCode: 0, reason: 'Completed' }),
          container('j', { running: { startedAt: created } }),
        ],
        containerStatuses: [waiting('a', 'PodInitializing')],
      },
      ready: '0/1',
      word: 'Init:1/2',
    },
    {
      is: 'failing in an init container',
      spec: withInit,
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          ended('i', { exitCode: 1, reason: 'Error' }, { restartCount: 1, ...lastEnded(60) }),
          waiting('j', 'PodInitializing'),
        ],
      },
      ready: '0/1',
      word: 'Init:Error',
      restarts: '1 (60s ago)',
    },
    {
      is: 'crashing in an init container',
      spec: withInit,
      status: {
        phase: 'Pending',
        initContainerStatuses: [waiting('i', 'CrashLoopBackOff'), waiting('j', 'PodInitializing')],
      },
      ready: '0/1',
      word: 'Init:CrashLoopBackOff',
    },
    {
      is: 'killed in an init container',
      spec: withInit,
      status: { phase: 'Failed', initContainerStatuses: [ended('i', { exitCode: 137, signal: 9 })] },
      ready: '0/1',
      word: 'Init:Signal:9',
    },
    {
      is: 'done with its init containers',
      spec: withInit,
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          ended('i', { exitCode: 0 }, { restartCount: 4, ...lastEnded(1) }),
          ended('j', { exitCode: 0 }),
        ],
        containerStatuses: [waiting('a', 'PodInitializing')],
      },
      ready: '0/1',
      word: 'PodInitializing',
      restarts: '0',
    },
    {
      is: 'running beside a sidecar',
      spec: sidecar,
      status: {
        phase: 'Running',
        initContainerStatuses: [running('s', { restartCount: 1 })],
        containerStatuses: [running('a')],
      },
      ready: '2/2',
      word: 'Running',
      restarts: '1',
    },
    {
      is: 'being deleted',
      status: { phase: 'Running', containerStatuses: [running('a')] },
      metadata: { deletionTimestamp: created },
      ready: '1/1',
      word: 'Terminating',
    },
    {
      is: 'being deleted after it ended',
      status: { phase: 'Succeeded', containerStatuses: [ended('a', { exitCode: 0, reason: 'Completed' })] },
      metadata: { deletionTimestamp: created },
      ready: '0/1',
      word: 'Completed',
    },
    {
      is: 'being deleted on a lost node',
      status: { phase: 'Running', reason: 'NodeLost' },
      metadata: { deletionTimestamp: created },
      ready: '0/1',
      word: 'Unknown',
    },
  ];
  for (const { is, spec, status, metadata, ready, word, restarts } of cases) {
    it(`that are ${is} show ${word}`, () => {
      const pod = object('Pod', { spec: spec ?? { containers: [{ name: 'a' }] }, status }, metadata);
      const cells = row('pods', pod);
      assert.equal(cells.READY, ready);
      assert.equal(cells.STATUS, word);
      assert.equal(cells.RESTARTS, restarts ?? '0');
      assert.equal(cells.AGE, '60m');
    });
  }

  it('show where they are with -o wide', () => {
    const pod = object('Pod', {
      spec: { nodeName: 'n1', readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }] },
      status: { podIPs: [{ ip: '10.244.0.3' }], conditions: [{ type: 'a/b', status: 'True' }] },
    });
    const cells = row('pods', pod);
    assert.deepEqual(
      [cells.IP, cells.NODE, cells['NOMINATED NODE'], cells['READINESS GATES']],
      ['10.244.0.3', 'n1', '<none>', '1/2'],
    );
  });

  it('tell clients when they are completed', () => {
    const { conditions } = printerOf('pods').row(object('Pod', { status: { phase: 'Failed' } }), nowMs);
    assert.deepEqual(conditions, [
      { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' },
    ]);
  });
});
