/** What priorities do on a whole cluster: its own kubectl, controllers, agents of nodes that pretend, and `why`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NODES } from '@reckon/client';
import { TestCluster } from './support/cluster.ts';
import { busyboxPod } from './support/objects.ts';

const SLOT = 'example.com/slot';

const priorityClass = (name: string, value: number, more: object = {}) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  ...more,
});

const pod = (name: string, priorityClassName: string) =>
  busyboxPod({
    name,
    spec: { priorityClassName },
    container: { resources: { limits: { [SLOT]: '1' } } },
  });

describe('priorities on a cluster whose nodes are full', () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await TestCluster.start({ hollow: 2 });
    const nodes = await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
    for (const name of nodes.split(' ')) {
      const value = { status: { capacity: { [SLOT]: '1' } } };
      await cluster.api.patch(
        NODES,
        { namespace: '', name },
        { type: 'merge', value },
        { subresource: 'status' },
      );
    }
    await cluster.apply([
      priorityClass('low', 1),
      priorityClass('middle', 100),
      priorityClass('high', 1_000),
      priorityClass('polite', 1_000, { preemptionPolicy: 'Never' }),
      pod('low', 'low'),
      pod('middle', 'middle'),
    ]);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod', 'low', 'middle', '--timeout=60s']);
  });
  after(() => cluster.stop());

  const field = (name: string, path: string) =>
    cluster.kubectl(['get', 'pod', name, '-o', `jsonpath={${path}}`, '--ignore-not-found']);

  test('a pod that must not preempt waits and says so', async () => {
    await cluster.apply([pod('polite', 'polite')]);
    await cluster.until(
      async () => (await field('polite', '.status.conditions[0].reason')) === 'Unschedulable',
    );
    assert.match(
      await field('polite', '.status.conditions[0].message'),
      /2 Insufficient example.com\/slot\. preemption: not eligible due to preemptionPolicy=Never\.$/,
    );
    await cluster.kubectl(['delete', 'pod', 'polite']);
  });

  test('the least important pod goes and the important one runs in its place; why tells both sides', async () => {
    const place = await field('low', '.spec.nodeName');
    await cluster.apply([pod('high', 'high')]);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod', 'high', '--timeout=60s']);
    assert.equal(await field('high', '.spec.nodeName'), place);
    assert.equal(await field('low', '.metadata.name'), '');
    assert.equal(await field('middle', '.status.phase'), 'Running');

    const history = (await cluster.reckon(['history', 'pod/low', '-o', 'json'])).stdout;
    assert.match(history, /PreemptionByScheduler/);
    const victim = (await cluster.reckon(['why', 'pod/low'])).stdout;
    assert.match(victim, /kubernetes-admin created pods\/high in default/);
    assert.match(victim, new RegExp(`scheduler changed pods/high in default: .* goes from ${place}`));
    assert.match(
      victim,
      new RegExp(`scheduler .* pods/low in default: a pod of higher priority .* needs the room on ${place}`),
    );
    const preemptor = (await cluster.reckon(['why', 'pod/high'])).stdout;
    assert.match(preemptor, new RegExp(`room was made for it on ${place}`));
    const events = await cluster.kubectl(['get', 'events', '--field-selector=reason=Preempted']);
    assert.match(events, new RegExp(`pod/low .*Preempted by pod [0-9a-f-]+ on node ${place}`));
  });

  test('nothing more is written once everything is in its place', async () => {
    await cluster.apply([pod('low-2', 'low')]);
    await cluster.until(
      async () => (await field('low-2', '.status.conditions[0].reason')) === 'Unschedulable',
    );
    assert.equal(await field('low-2', '.status.nominatedNodeName'), '');
    assert.equal(await field('middle', '.status.phase'), 'Running');
    assert.equal(await field('high', '.status.phase'), 'Running');
  });
});
