import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deploymentOf, namespaceOf, podOf, serviceOf, statusOf } from '../verbs/testing/objects.ts';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';

type Amounts = Readonly<Record<string, string>>;

let api: TestVerbs;
let count = 0;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

/** A namespace with a quota that has been counted: nothing is used yet. */
async function quotaOf(hard: Amounts, spec: object = {}): Promise<string> {
  const namespace = `quota-${count++}`;
  await api.create('namespaces', namespaceOf(namespace));
  await addQuota(namespace, 'q', hard, spec);
  return namespace;
}

async function addQuota(namespace: string, name: string, hard: Amounts, spec: object = {}): Promise<void> {
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...spec } };
  await api.create(`resourcequotas ${namespace}`, quota);
  const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, '0']));
  await api.patch(`resourcequotas/status ${namespace}/${name}`, 'merge', { status: { hard, used } });
}

const used = async (namespace: string, name = 'q') =>
  statusOf(await api.get(`resourcequotas ${namespace}/${name}`)).used;

const asking = (requests: Amounts, limits: Amounts = {}) => ({
  containers: [{ name: 'c', image: 'i:1', resources: { requests, limits } }],
});

describe('a ResourceQuota', () => {
  it('is charged with the object in one transaction, and refuses what goes beyond it', async () => {
    const ns = await quotaOf({ pods: '2' });
    await api.create(`pods ${ns}`, podOf('one'));
    await api.create(`pods ${ns}`, podOf('two'));
    assert.deepEqual(await used(ns), { pods: '2' });
    await refused(
      api.create(`pods ${ns}`, podOf('three')),
      'Forbidden',
      'pods "three" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    );
    assert.deepEqual(await used(ns), { pods: '2' });
  });

  it('is never exceeded by writers at the same time, whichever API server they ask', async () => {
    const ns = await quotaOf({ pods: '5' });
    const other = await TestVerbs.start({ database: api.database, seed: 2 });
    try {
      await other.running.env.cache.confirm();
      const tries = Array.from({ length: 24 }, (_, i) =>
        (i % 2 === 0 ? api : other).create(`pods ${ns}`, podOf(`p${i}`)).then(
          () => 'made',
          (error: Error) => error.message.replace(/^pods "[^"]*" is forbidden: /, ''),
        ),
      );
      const results = await Promise.all(tries);
      assert.equal(results.filter((result) => result === 'made').length, 5);
      const refusals = new Set(results.filter((result) => result !== 'made'));
      assert.deepEqual(
        [...refusals],
        ['exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5'],
      );
      assert.equal((await api.names(`pods ${ns}`)).length, 5);
    } finally {
      await other.stop();
    }
  });

  it('serves those who wait for it in their turn, however fast another one comes again and again', async () => {
    const ns = await quotaOf({ pods: '1000' });
    let waiting = 8;
    // The first of all: the others miss, and get into line.
    const restless = (async () => {
      for (let i = 0; waiting > 0; i++) await api.create(`pods ${ns}`, podOf(`restless-${i}`));
    })();
    const waiters = Array.from({ length: waiting }, (_, i) =>
      api.create(`pods ${ns}`, podOf(`waiter-${i}`)).finally(() => waiting--),
    );
    await Promise.all([...waiters, restless]);
    assert.deepEqual(await used(ns), { pods: String((await api.names(`pods ${ns}`)).length) });
  });

  it('serves those at a quiet API server, too, while another one is asked without a pause', async () => {
    const ns = await quotaOf({ pods: '10000' });
    const quiet = await TestVerbs.start({ database: api.database, seed: 3 });
    try {
      await quiet.running.env.cache.confirm();
      let waiting = 24;
      const restless = Array.from({ length: 16 }, async (_, worker) => {
        for (let i = 0; waiting > 0; i++) await api.create(`pods ${ns}`, podOf(`restless-${worker}-${i}`));
      });
      const waiters = Array.from({ length: waiting }, (_, i) =>
        quiet.create(`pods ${ns}`, podOf(`waiter-${i}`)).finally(() => waiting--),
      );
      await Promise.all([...waiters, ...restless]);
      assert.deepEqual(await used(ns), { pods: String((await api.names(`pods ${ns}`)).length) });
    } finally {
      await quiet.stop();
    }
  });

  it('is not charged by a dry run, but judges it', async () => {
    const ns = await quotaOf({ pods: '1' });
    await api.create(`pods ${ns}`, podOf('tried'), { dryRun: true });
    assert.deepEqual(await used(ns), { pods: '0' });
    await api.create(`pods ${ns}`, podOf('one'));
    await refused(api.create(`pods ${ns}`, podOf('two'), { dryRun: true }), 'Forbidden', /exceeded quota: q/);
  });

  it('of requests and limits wants every container to say them', async () => {
    const ns = await quotaOf({ 'limits.cpu': '2', memory: '1Gi' });
    await refused(
      api.create(`pods ${ns}`, podOf('silent')),
      'Forbidden',
      'pods "silent" is forbidden: failed quota: q: must specify limits.cpu for: c; memory for: c',
    );
    await api.create(`pods ${ns}`, podOf('one', asking({ memory: '600Mi' }, { cpu: '500m' })));
    assert.deepEqual(await used(ns), { 'limits.cpu': '500m', memory: '600Mi' });
    await refused(
      api.create(`pods ${ns}`, podOf('two', asking({ memory: '600Mi' }, { cpu: '500m' }))),
      'Forbidden',
      'pods "two" is forbidden: exceeded quota: q, requested: memory=600Mi, used: memory=600Mi, limited: memory=1Gi',
    );
  });

  it('counts objects of any kind', async () => {
    const ns = await quotaOf({ 'count/deployments.apps': '1', 'count/pods': '9' });
    await api.create(`deployments.apps ${ns}`, deploymentOf('one'));
    await refused(
      api.create(`deployments.apps ${ns}`, deploymentOf('two')),
      'Forbidden',
      'deployments.apps "two" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
    );
  });

  it('counts node ports, also of a Service that gets them later', async () => {
    const ns = await quotaOf({ services: '5', 'services.nodeports': '1' });
    await api.create(`services ${ns}`, serviceOf('inner'));
    assert.deepEqual(await used(ns), { services: '1', 'services.nodeports': '0' });
    await api.patch(`services ${ns}/inner`, 'merge', { spec: { type: 'NodePort' } });
    assert.deepEqual(await used(ns), { services: '1', 'services.nodeports': '1' });
    await refused(
      api.create(`services ${ns}`, serviceOf('outer', { type: 'NodePort' })),
      'Forbidden',
      'services "outer" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    );
  });

  for (const [scope, inside, outside] of [
    ['BestEffort', {}, asking({ cpu: '1' })],
    ['NotBestEffort', asking({ cpu: '1' }), {}],
    ['Terminating', { activeDeadlineSeconds: 9 }, {}],
    ['NotTerminating', {}, { activeDeadlineSeconds: 9 }],
  ] as const) {
    it(`of the scope ${scope} is about no other pods`, async () => {
      const ns = await quotaOf({ pods: '0' }, { scopes: [scope] });
      await api.create(`pods ${ns}`, podOf('outside', outside));
      await refused(api.create(`pods ${ns}`, podOf('inside', inside)), 'Forbidden', /exceeded quota: q/);
    });
  }

  it('may select pods by their priority class', async () => {
    const expression = { scopeName: 'PriorityClass', operator: 'In', values: ['dear'] };
    const ns = await quotaOf({ pods: '0' }, { scopeSelector: { matchExpressions: [expression] } });
    await api.create('priorityclasses.scheduling.k8s.io', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'dear' },
      value: 7,
    });
    await api.create(`pods ${ns}`, podOf('cheap'));
    await refused(
      api.create(`pods ${ns}`, podOf('dear', { priorityClassName: 'dear' })),
      'Forbidden',
      /exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0/,
    );
  });

  it('that nobody has counted yet refuses what it would have to know', async () => {
    const namespace = 'uncounted';
    await api.create('namespaces', namespaceOf(namespace));
    await api.create(`resourcequotas ${namespace}`, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: { hard: { pods: '2' } },
    });
    await refused(
      api.create(`pods ${namespace}`, podOf('early')),
      'Forbidden',
      'pods "early" is forbidden: status unknown for quota: q, resources: pods',
    );
  });

  it('is one of several that must all have room, and none is charged if one has not', async () => {
    const ns = await quotaOf({ pods: '5' });
    await addQuota(ns, 'tight', { pods: '0' });
    await refused(api.create(`pods ${ns}`, podOf('p')), 'Forbidden', /exceeded quota: tight/);
    assert.deepEqual(await used(ns), { pods: '0' });
  });
});
