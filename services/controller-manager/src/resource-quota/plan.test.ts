import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Stored } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { ResourceQuota } from '@reckon/proto/reckon/api/core/v1/resource_quota.ts';
import fc from 'fast-check';
import { NOW_MS, pod, stored } from '../testing/objects.ts';
import { planResourceQuota } from './plan.ts';

type Amounts = Readonly<Record<string, string>>;

const quotaOf = (hard: Readonly<Record<string, string>>, spec: object = {}) =>
  stored<ResourceQuota>({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: { hard, ...spec },
  });

function usedOf(quota: Stored<ResourceQuota>, objects: Readonly<Record<string, readonly Stored[]>>) {
  const { status, wakeAtMs } = planResourceQuota({
    desired: quota,
    observed: new Map(Object.entries(objects)),
    now: NOW_MS,
    failures: [],
  });
  return { ...(status?.status as { hard: Amounts; used: Amounts }), wakeAtMs };
}

function asking(name: string, cpu: string, rest: Pod = {}): Stored<Pod> {
  const spec = {
    containers: [{ name: 'c', image: 'i:1', resources: { requests: { cpu }, limits: { cpu } } }],
  };
  return stored<Pod>({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec, ...rest });
}

describe('the count of a ResourceQuota', () => {
  it('begins with nothing', () => {
    const { hard, used } = usedOf(quotaOf({ pods: '5', 'requests.memory': '1Gi' }), { pods: [] });
    assert.deepEqual(hard, { pods: '5', 'requests.memory': '1Gi' });
    assert.deepEqual(used, { pods: '0', 'requests.memory': '0' });
  });

  it('adds up what pods ask for, but not of those that have ended', () => {
    const pods = [
      asking('a', '500m'),
      asking('b', '1'),
      asking('c', '9', { status: { phase: 'Succeeded' } }),
      asking('d', '9', { status: { phase: 'Failed' } }),
    ];
    const { used } = usedOf(quotaOf({ pods: '9', cpu: '9', 'limits.cpu': '9', 'count/pods': '9' }), { pods });
    assert.deepEqual(used, { 'count/pods': '4', cpu: '1500m', 'limits.cpu': '1500m', pods: '2' });
  });

  it('counts init containers as far as they need more, and sidecars with the rest', () => {
    const of = (name: string, cpu: string, rest: object = {}) => ({
      name,
      resources: { requests: { cpu } },
      ...rest,
    });
    const spec = {
      initContainers: [of('sidecar', '1', { restartPolicy: 'Always' }), of('setup', '4')],
      containers: [of('a', '1'), of('b', '2')],
      overhead: { cpu: '100m' },
    };
    const object = stored<Pod>({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
    assert.deepEqual(usedOf(quotaOf({ 'requests.cpu': '9' }), { pods: [object] }).used, {
      'requests.cpu': '5100m',
    });
  });

  it('counts only the pods of its scopes', () => {
    const pods = [pod({ name: 'effortless' }), asking('b', '1')];
    assert.deepEqual(usedOf(quotaOf({ pods: '9' }, { scopes: ['BestEffort'] }), { pods }).used, {
      pods: '1',
    });
    assert.deepEqual(usedOf(quotaOf({ pods: '9' }, { scopes: ['NotBestEffort'] }), { pods }).used, {
      pods: '1',
    });
  });

  it('gives a pod up that should be gone for as long as it had time to go', () => {
    const going = (name: string, secondsAgo: number) =>
      asking(name, '1', {
        metadata: {
          name,
          deletionTimestamp: new Date(NOW_MS - secondsAgo * 1_000).toISOString(),
          deletionGracePeriodSeconds: 30,
        },
      });
    const { used, wakeAtMs } = usedOf(quotaOf({ pods: '9' }), {
      pods: [going('stuck', 31), going('goes', 10)],
    });
    assert.deepEqual(used, { pods: '1' });
    assert.equal(wakeAtMs, NOW_MS + 20_001);
  });

  it('counts claims by their class', () => {
    const spec = { storageClassName: 'gold', resources: { requests: { storage: '2Gi' } } };
    const claim = stored({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      ...{ spec },
    });
    const gold = 'gold.storageclass.storage.k8s.io';
    const hard = {
      'requests.storage': '9Gi',
      [`${gold}/requests.storage`]: '3Gi',
      [`${gold}/persistentvolumeclaims`]: '9',
    };
    assert.deepEqual(usedOf(quotaOf(hard), { persistentvolumeclaims: [claim, claim] }).used, {
      [`${gold}/persistentvolumeclaims`]: '2',
      [`${gold}/requests.storage`]: '4Gi',
      'requests.storage': '4Gi',
    });
  });

  it('does not depend on the order, and says the same when it counts again', () => {
    const quota = quotaOf({ pods: '99', cpu: '99' });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 20 }),
        fc.infiniteStream(fc.nat()),
        (asked, keys) => {
          const pods = asked.map((milli, i) => asking(`p${i}`, `${milli}m`));
          const shuffled = pods
            .map((one) => ({ one, key: keys.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
          const first = usedOf(quota, { pods });
          assert.deepEqual(usedOf(quota, { pods: shuffled }), first);
          const again = { ...quota, status: { hard: first.hard, used: first.used } };
          assert.deepEqual(usedOf(again, { pods }), first);
        },
      ),
    );
  });
});
