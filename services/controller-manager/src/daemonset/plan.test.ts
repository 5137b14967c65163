import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podTemplateHash, rfc3339 } from '@reckon/api';
import { type Action, CONTROLLER_REVISIONS, DAEMON_SETS, NODES } from '@reckon/client';
import type { DaemonSetSpec, DaemonSetStatus } from '@reckon/proto/reckon/api/apps/v1/daemon_set.ts';
import type { Taint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import fc from 'fast-check';
import type { StoredNode, StoredPod } from '../resources.ts';
import { controlledBy, daemonSet, NOW_MS, pod, stored, template } from '../testing/objects.ts';
import { VirtualCluster } from '../testing/virtual-cluster.ts';
import { FAILURES_ANNOTATION } from './failed.ts';
import { planDaemonSet } from './plan.ts';

const NEW = template('image:1', { app: 'agent' });
const HASH = podTemplateHash(NEW, 0);
const owner = daemonSet();
const revision = stored({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name: `agent-${HASH}`, ownerReferences: controlledBy(owner) },
  data: { spec: { template: { ...NEW, $patch: 'replace' } } },
  revision: 1,
});

function node(name: string, taints: readonly Taint[] = [], labels: Record<string, string> = {}): StoredNode {
  const spec = taints.length > 0 ? { taints: [...taints] } : {};
  return stored({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels, namespace: undefined }, spec });
}

interface Traits {
  readonly ready?: boolean;
  readonly deleting?: boolean;
  readonly phase?: string;
  readonly old?: boolean;
}

function daemon(on: string, { old = false, ...traits }: Traits = {}): StoredPod {
  const labels = { app: 'agent', 'controller-revision-hash': old ? 'old' : HASH };
  return pod({ name: `agent-${old ? 'old' : 'new'}-${on}`, owner, node: on, labels, ...traits });
}

const THREE = ['a', 'b', 'c'].map((name) => node(name));

function plan(
  pods: readonly StoredPod[],
  options: { spec?: DaemonSetSpec; nodes?: readonly StoredNode[] } = {},
) {
  const { spec, nodes = THREE } = options;
  const made = planDaemonSet({
    desired: daemonSet(spec),
    observed: {
      owned: pods,
      orphans: [],
      nodes,
      revisions: { owned: [revision], orphans: [], nameTaken: false },
    },
    now: NOW_MS,
    failures: [],
  });
  return {
    actions: made.actions.map(textOf),
    created: made.actions.flatMap((action) => (action.type === 'create' ? [action.object as StoredPod] : [])),
    transacted: made.actions.flatMap((action) => (action.type === 'transact' ? [action] : [])),
    status: made.status?.status as DaemonSetStatus | undefined,
    wakeAtMs: made.wakeAtMs,
  };
}

function targetOf(made: StoredPod | undefined): string | undefined {
  const required = made?.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms?.[0]?.matchFields?.[0]?.values?.[0];
}

function textOf(action: Action): string {
  if (action.type === 'create') return `create on ${targetOf(action.object as StoredPod)}`;
  if (action.type === 'delete') return `delete ${action.target.name}`;
  return action.type === 'event' ? `tell ${action.event.reason}` : action.type;
}

const surge: DaemonSetSpec = {
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
};
const on = (names: string, traits: Traits = {}) => [...names].map((name) => daemon(name, traits));

describe('a DaemonSet', () => {
  it('makes a pod for each node, which only that node can get', () => {
    const { actions, created, status } = plan([]);
    assert.deepEqual(actions, ['create on a', 'create on b', 'create on c']);
    assert.equal(created[0]?.metadata.labels?.['controller-revision-hash'], HASH);
    assert.deepEqual(status, {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 3,
      numberReady: 0,
      observedGeneration: 1,
      numberUnavailable: 3,
    });
  });

  it('puts up with nodes that are in trouble or cordoned', () => {
    const taints = ['not-ready', 'unreachable', 'disk-pressure', 'unschedulable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      effect: key === 'not-ready' || key === 'unreachable' ? 'NoExecute' : 'NoSchedule',
    }));
    assert.deepEqual(plan([], { nodes: [node('a', taints)] }).actions, ['create on a']);
  });

  it('keeps away from nodes it is not for, and leaves those it is no longer for', () => {
    const spec: DaemonSetSpec = {
      template: { ...NEW, spec: { ...NEW.spec, nodeSelector: { disk: 'ssd' } } },
    };
    const nodes = [node('a', [], { disk: 'ssd' }), node('b')];
    assert.deepEqual(plan([], { spec, nodes }).created.map(targetOf).filter(Boolean), ['a']);
    const { actions, status } = plan(on('ab'), {
      nodes: [node('a'), node('b', [{ key: 'x', effect: 'NoExecute' }])],
    });
    assert.deepEqual([actions, status?.numberMisscheduled], [['delete agent-new-b'], 1]);
  });

  it('makes none where a taint forbids it, but one that is there may stay', () => {
    const nodes = [
      node('a', [{ key: 'x', effect: 'NoSchedule' }]),
      node('b', [{ key: 'x', effect: 'NoSchedule' }]),
    ];
    assert.deepEqual(plan(on('a'), { nodes }).actions, []);
  });

  it('replaces a daemon that failed at once, in one transaction that hands on how often that was', () => {
    const failed = [...on('ab'), daemon('c', { phase: 'Failed', ready: false })];
    const { actions, transacted } = plan(failed);
    const replaced = ['transact', 'tell SuccessfulDelete', 'tell SuccessfulCreate'];
    assert.deepEqual(actions, replaced);
    assert.equal(transacted[0]?.event?.reason, 'FailedDaemonPod');
    const [removed, made] = transacted[0]?.operations ?? [];
    assert.deepEqual(
      [removed?.verb, removed?.verb === 'delete' && removed.target.name],
      ['delete', 'agent-new-c'],
    );
    assert.ok(made?.verb === 'create');
    assert.equal(targetOf(made.object as StoredPod), 'c');
    assert.equal(made.object.metadata?.annotations?.[FAILURES_ANNOTATION], '1');
    assert.deepEqual(plan([...on('ab'), daemon('c', { deleting: true })]).actions, []);
  });

  it('replaces one that fails again and again on its node ever more rarely, and forgets it after a while', () => {
    const after = (failures: number, agoMs: number, traits: Traits = {}) => {
      const made = daemon('c', { phase: 'Failed', ready: false, ...traits });
      const creationTimestamp = rfc3339(NOW_MS - agoMs);
      const annotations = { [FAILURES_ANNOTATION]: `${failures}` };
      const { transacted, wakeAtMs } = plan([
        ...on('ab'),
        { ...made, metadata: { ...made.metadata, creationTimestamp, annotations } },
      ]);
      const replacement = transacted[0]?.operations[1];
      const next =
        replacement?.verb === 'create' && replacement.object.metadata?.annotations?.[FAILURES_ANNOTATION];
      return next || (wakeAtMs ?? 0) - NOW_MS;
    };
    assert.deepEqual([after(1, 0), after(1, 1_000)], [1_000, '2']);
    assert.deepEqual([after(4, 2_000), after(4, 8_000)], [6_000, '5']);
    const minute = 60_000;
    assert.deepEqual([after(30, minute), after(30, 15 * minute)], [14 * minute, '31']);
    assert.equal(after(30, 30 * minute + 1_000), '1', 'it ran for long');
    assert.equal(after(30, 0, { old: true }), '1', 'the failures of another template');
  });

  it('updates as many nodes at a time as may be without it, and what is broken at once', () => {
    assert.deepEqual(plan(on('abc', { old: true })).actions, ['delete agent-old-a']);
    assert.deepEqual(plan([daemon('a', { ready: false }), ...on('bc', { old: true })]).actions, []);
    const spec: DaemonSetSpec = {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } },
    };
    assert.deepEqual(plan(on('abc', { old: true }), { spec }).actions, [
      'delete agent-old-a',
      'delete agent-old-b',
    ]);
    const broken = [...on('ab', { old: true }), daemon('c', { old: true, ready: false })];
    assert.deepEqual(plan(broken).actions, ['delete agent-old-c']);
  });

  it('with surge makes the new daemon first, and deletes the old one once that is available', () => {
    assert.deepEqual(plan(on('abc', { old: true }), { spec: surge }).actions, ['create on a']);
    const starting = [...on('abc', { old: true }), daemon('a', { ready: false })];
    assert.deepEqual(plan(starting, { spec: surge }).actions, []);
    assert.deepEqual(plan([...on('abc', { old: true }), daemon('a')], { spec: surge }).actions, [
      'delete agent-old-a',
    ]);
  });

  it('with OnDelete waits for somebody to delete its pods', () => {
    assert.deepEqual(
      plan(on('abc', { old: true }), { spec: { updateStrategy: { type: 'OnDelete' } } }).actions,
      [],
    );
  });

  it('keeps one pod a node, whatever is there and in whatever order it is seen', () => {
    const traits = fc.record({
      at: fc.constantFrom('a', 'b', 'c'),
      ready: fc.boolean(),
      deleting: fc.boolean(),
      old: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(traits, { maxLength: 8 }), fc.boolean(), (list, surging) => {
        const pods = list.map(({ at, ...trait }, i) => {
          const made = daemon(at, trait);
          return { ...made, metadata: { ...made.metadata, name: `p${i}`, uid: `uid-${i}` } };
        });
        const options = surging ? { spec: surge } : {};
        const { actions } = plan(pods, options);
        assert.deepEqual(plan([...pods].reverse(), options).actions, actions);
        for (const { metadata } of THREE) {
          const there = pods.filter(
            ({ spec, metadata: { deletionTimestamp } }) =>
              spec?.nodeName === metadata.name && !deletionTimestamp,
          );
          const gone = there.filter((one) => actions.includes(`delete ${one.metadata.name}`)).length;
          const made = actions.filter((text) => text === `create on ${metadata.name}`).length;
          assert.ok(there.length - gone + made <= (surging ? 2 : 1));
        }
      }),
    );
  });
});

describe('a DaemonSet in a cluster', () => {
  it('covers every node, also one that joins, rolls with one node missing at a time, and comes to rest', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(['node-1', 'node-2']);
    const metadata = { namespace: 'default', name: 'agent' };
    const { apiVersion, kind, spec } = daemonSet();
    await cluster.api.create(DAEMON_SETS, { apiVersion, kind, metadata, spec });
    await cluster.run(2_000);
    const nodes = async () => (await cluster.pods()).map((one) => one.spec?.nodeName).sort();
    assert.deepEqual(await nodes(), ['node-1', 'node-2']);
    await cluster.addNode('node-3');
    await cluster.run(2_000);
    assert.deepEqual(await nodes(), ['node-1', 'node-2', 'node-3']);
    const value = { spec: { template: template('image:2', { app: 'agent' }) } };
    await cluster.api.patch(DAEMON_SETS, metadata, { type: 'merge', value });
    await cluster.run(6_000);
    const { status } = await cluster.api.get(DAEMON_SETS, metadata);
    assert.deepEqual([status?.updatedNumberScheduled, status?.numberAvailable], [3, 3]);
    assert.equal((await cluster.api.list(CONTROLLER_REVISIONS)).items.length, 2);
    const after = cluster.api.head.rev;
    await cluster.api.delete(NODES, { namespace: '', name: 'node-3' });
    cluster.loseNode('node-3');
    await cluster.run(3_000);
    assert.deepEqual(await nodes(), ['node-1', 'node-2']);
    assert.ok(cluster.api.head.rev > after);
    await cluster.stop();
  });
});
