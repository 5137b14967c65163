import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, loadSchema } from '@reckon/api';
import { SeededRandom, systemClock } from '@reckon/service';
import { DEPLOYMENTS, PODS, SERVICE_ACCOUNTS } from '../resources.ts';
import { describeApiClient } from '../testing/contract.ts';
import { MemoryApi } from './memory-api.ts';

const schema = loadSchema();

describeApiClient('the twin in memory', async () => ({
  api: new MemoryApi({ clock: systemClock, random: new SeededRandom(1) }),
  trusted: true,
  close: async () => {},
}));

describeApiClient('the twin in memory with a schema', async () => ({
  api: new MemoryApi({ clock: systemClock, random: new SeededRandom(1), schema }),
  trusted: true,
  close: async () => {},
}));

test('with a schema the twin fills in defaults, validates and merges strategically', async () => {
  const api = new MemoryApi({ clock: systemClock, random: new SeededRandom(1), schema });
  const target = { namespace: 'default', name: 'web' };
  const selector = { matchLabels: { app: 'web' } };
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'busybox' }] },
  };
  const { object } = await api.create(DEPLOYMENTS, { metadata: target, spec: { selector, template } });
  assert.equal(object.spec?.replicas, 1);
  assert.equal(object.spec?.strategy?.type, 'RollingUpdate');
  assert.equal(object.spec?.template?.spec?.containers?.[0]?.imagePullPolicy, 'Always');
  const patched = await api.patch(DEPLOYMENTS, target, {
    type: 'strategic',
    value: { spec: { template: { spec: { containers: [{ name: 'd', image: 'nginx:1' }] } } } },
  });
  const names = patched.object.spec?.template?.spec?.containers?.map(({ name }) => name);
  assert.deepEqual(names?.sort(), ['c', 'd']);
  assert.equal(patched.object.metadata.generation, 2);
  await assert.rejects(
    api.create(PODS, {
      metadata: { namespace: 'default', name: 'p' },
      spec: { containers: [{ image: 'x' }] },
    }),
    (error) => error instanceof ApiError && error.reason === 'Invalid',
  );
});

test('without a schema a strategic patch is refused, not guessed', async () => {
  const api = new MemoryApi({ clock: systemClock, random: new SeededRandom(1) });
  const target = { namespace: 'default', name: 'p' };
  await api.create(PODS, { metadata: target });
  await assert.rejects(
    api.patch(PODS, target, { type: 'strategic', value: {} }),
    (error) => error instanceof ApiError && error.reason === 'UnsupportedMediaType',
  );
});

test('a service account gets a token, and nothing is stored for it', async () => {
  const api = new MemoryApi({ clock: systemClock, random: new SeededRandom(1) });
  const metadata = { namespace: 'default', name: 'default' };
  await api.create(SERVICE_ACCOUNTS, { metadata });
  const before = api.head.rev;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata, spec: {} };
  const { object, revision } = await api.create(SERVICE_ACCOUNTS, request, { subresource: 'token' });
  assert.equal(object.kind, 'TokenRequest');
  assert.equal(revision, 0);
  assert.equal(api.head.rev, before);
});

test('what one identity writes another sees', async () => {
  const api = new MemoryApi({ clock: systemClock, random: new SeededRandom(1) });
  await api.as('system:node:n1').create(PODS, { metadata: { namespace: 'default', name: 'p' } });
  const records = [];
  for await (const chunk of api.readLog({ after: 0, resources: ['pods'] })) records.push(...chunk.records);
  assert.deepEqual(
    records.map(({ provenance }) => provenance.actor),
    ['system:node:n1'],
  );
  assert.equal((await api.list(PODS)).items.length, 1);
});
