/** A dry run of what is posted or put to a part of an object writes nothing either. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RawCall } from '../testing/raw-client.ts';
import { DEPLOYMENTS, deployment, JSON_BODY, patchOf, SemanticsWorld } from '../testing/semantics-world.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const PODS = `${NAMESPACE}/pods`;
const SERVICES = `${NAMESPACE}/services`;

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
  await here.create(PODS, pod('dry'));
  await here.create(DEPLOYMENTS, deployment('dry'));
  await here.create('/api/v1/namespaces', { metadata: { name: 'spared' } });
  await here.create('/api/v1/namespaces/spared/resourcequotas', {
    metadata: { name: 'one' },
    spec: { hard: { pods: '1' } },
    status: {},
  });
});
after(() => here.stop());

function pod(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i:1' }] },
  };
}

function sent(method: string, body: object): RawCall {
  return { method, headers: JSON_BODY, body: JSON.stringify(body) };
}

const revision = async () => (await here.get(PODS)).metadata.resourceVersion;

const metadata = { name: 'dry' };
const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata };
const scale = {
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { ...metadata, namespace: 'default' },
};
const service = { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80 }] } };

interface Case {
  readonly what: string;
  readonly path: string;
  readonly call: RawCall;
}

const CASES: readonly Case[] = [
  { what: 'an eviction', path: `${PODS}/dry/eviction?dryRun=All`, call: sent('POST', eviction) },
  {
    what: 'an eviction as kubectl drain --dry-run=server asks for it',
    path: `${PODS}/dry/eviction`,
    call: sent('POST', { ...eviction, deleteOptions: { dryRun: ['All'] } }),
  },
  {
    what: 'a binding',
    path: `${PODS}/dry/binding?dryRun=All`,
    call: sent('POST', { metadata, target: { kind: 'Node', name: 'n1' } }),
  },
  {
    what: 'a token',
    path: `${NAMESPACE}/serviceaccounts/default/token?dryRun=All`,
    call: sent('POST', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
  },
  {
    what: 'a finalization',
    path: `${NAMESPACE}/finalize?dryRun=All`,
    call: sent('PUT', { metadata: { name: 'default' }, spec: { finalizers: [] } }),
  },
  {
    what: 'a scale that is put',
    path: `${DEPLOYMENTS}/dry/scale?dryRun=All`,
    call: sent('PUT', { ...scale, spec: { replicas: 7 } }),
  },
  {
    what: 'a scale that is patched',
    path: `${DEPLOYMENTS}/dry/scale?dryRun=All`,
    call: patchOf('json-patch+json', '[{"op":"replace","path":"/spec/replicas","value":7}]'),
  },
  {
    what: 'a scale that is applied',
    path: `${DEPLOYMENTS}/dry/scale?dryRun=All&fieldManager=x&force=true`,
    call: patchOf('apply-patch+yaml', JSON.stringify({ ...scale, spec: { replicas: 7 } })),
  },
  {
    what: 'a status',
    path: `${DEPLOYMENTS}/dry/status?dryRun=All`,
    call: patchOf('merge-patch+json', '{"status":{"replicas":7}}'),
  },
  {
    what: 'a namespace, with what comes along with it',
    path: '/api/v1/namespaces?dryRun=All',
    call: sent('POST', { metadata: { name: 'never' } }),
  },
  {
    what: 'the end of a namespace',
    path: '/api/v1/namespaces/spared?dryRun=All',
    call: { method: 'DELETE' },
  },
  {
    what: 'the end of all, as the body asks for it',
    path: PODS,
    call: sent('DELETE', { dryRun: ['All'], gracePeriodSeconds: 0 }),
  },
  {
    what: 'a generated name',
    path: `${PODS}?dryRun=All`,
    call: sent('POST', { ...pod(''), metadata: { generateName: 'dry-' } }),
  },
];

describe('a dry run writes nothing', () => {
  for (const { what, path, call } of CASES)
    test(what, async () => {
      const before = await revision();
      const answer = await here.client.call(path, call);
      assert.ok(answer.status < 300, answer.text);
      assert.equal(await revision(), before);
    });

  test('and keeps neither the address nor the port of a Service', async () => {
    const spec = { type: 'NodePort', clusterIP: '10.96.77.77', ports: [{ port: 80, nodePort: 30_777 }] };
    for (const query of ['?dryRun=All', '?dryRun=All', '']) {
      const name = `kept${query.length}`;
      const call = sent('POST', { ...service, metadata: { name }, spec });
      const answer = await here.client.call(`${SERVICES}${query}`, call);
      assert.equal(answer.status, 201, answer.text);
    }
  });

  test('and is not charged', async () => {
    const quota = '/api/v1/namespaces/spared/resourcequotas/one';
    const known = '{"status":{"hard":{"pods":"1"},"used":{"pods":"0"}}}';
    await here.client.call(`${quota}/status`, patchOf('merge-patch+json', known));
    for (const [query, expected] of [
      ['?dryRun=All', 201],
      ['?dryRun=All', 201],
      ['', 201],
      ['?dryRun=All', 403],
    ] as const) {
      const call = sent('POST', pod(`charged${query.length}`));
      const answer = await here.client.call(`/api/v1/namespaces/spared/pods${query}`, call);
      assert.equal(answer.status, expected, answer.text);
    }
  });

  test('and is none where something else than All is asked for', async () => {
    const before = await revision();
    for (const options of [{ dryRun: ['Some'] }, { dryRun: ['All', 'Some'] }]) {
      const call = sent('POST', { ...eviction, deleteOptions: options });
      const answer = await here.client.call(`${PODS}/dry/eviction`, call);
      assert.equal(answer.status, 422, answer.text);
    }
    assert.equal(await revision(), before);
  });
});
