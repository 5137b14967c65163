import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DAEMON_SETS,
  DEPLOYMENTS,
  keyOf,
  LogProjection,
  MemoryApi,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
} from '@reckon/client';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { ALL_RESOURCES } from '../resources.ts';
import { observeDisruption } from './observe.ts';

const at = (name: string) => ({ namespace: 'default', name });

/** What a budget for one pod sees whose manager is this. */
async function observed(owner: { apiVersion: string; kind: string; name: string; uid?: string }) {
  const clock = new VirtualClock();
  const api = new MemoryApi({ clock, random: new SeededRandom(1) });
  const { object: deployment } = await api.create(DEPLOYMENTS, {
    metadata: at('web'),
    spec: { replicas: 7 },
  });
  const above = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: deployment.metadata.uid };
  const { object: set } = await api.create(REPLICA_SETS, {
    metadata: { ...at('web-1'), ownerReferences: [{ ...above, controller: true }] },
    spec: { replicas: 3 },
  });
  const { object: agent } = await api.create(DAEMON_SETS, { metadata: at('agent') });
  const uids: Record<string, string> = {
    Deployment: deployment.metadata.uid,
    ReplicaSet: set.metadata.uid,
    DaemonSet: agent.metadata.uid,
  };
  const reference = { uid: uids[owner.kind] ?? 'x', controller: true, ...owner };
  await api.create(PODS, { metadata: { ...at('p'), labels: { app: 'web' }, ownerReferences: [reference] } });
  const { object: budget } = await api.create(POD_DISRUPTION_BUDGETS, {
    metadata: at('web'),
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  const projection = new LogProjection({ api, clock, resources: ALL_RESOURCES });
  await projection.start();
  const seen = observeDisruption(projection, keyOf(budget))?.observed;
  await projection.stop();
  return seen?.unknown ?? seen?.scale;
}

describe('how many pods a budget expects', () => {
  const apps = 'apps/v1';
  for (const [sentence, owner, expected] of [
    ['as many as the Deployment above asks for', { apiVersion: apps, kind: 'ReplicaSet', name: 'web-1' }, 7],
    ['as many as whoever manages them directly', { apiVersion: apps, kind: 'Deployment', name: 'web' }, 7],
    [
      'cannot be said where the kind has no scale',
      { apiVersion: apps, kind: 'DaemonSet', name: 'agent' },
      'daemonsets.apps does not implement the scale subresource',
    ],
    [
      'cannot be said where nobody knows the kind',
      { apiVersion: 'apps.example.com/v1', kind: 'StatefulSet', name: 'db' },
      'no matches for kind "StatefulSet" in version "apps.example.com/v1"',
    ],
    [
      'cannot be said where the manager is gone',
      { apiVersion: apps, kind: 'ReplicaSet', name: 'web-0', uid: 'gone' },
      'found no controllers for pod "p"',
    ],
  ] as const) {
    it(sentence, async () => assert.equal(await observed(owner), expected));
  }
});
