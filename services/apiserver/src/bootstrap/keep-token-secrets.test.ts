import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isObject } from '@reckon/api';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import type { KubeObject } from '../verbs/types.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

function tokenSecret(name: string, account: string): KubeObject {
  const annotations = { 'kubernetes.io/service-account.name': account };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, annotations },
    type: 'kubernetes.io/service-account-token',
  };
}

/** Makes it and returns what becomes of it by itself. */
async function kept(secret: KubeObject): Promise<KubeObject | undefined> {
  const made = await api.create('secrets default', secret);
  const watch = await api.watch('secrets default', {
    resourceVersion: String(made.metadata.resourceVersion),
  });
  const [event] = await watch.take(1);
  watch.stop();
  return event?.object?.value;
}

function account(name: string): Promise<KubeObject> {
  return api.create('serviceaccounts default', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name },
  });
}

describe('a Secret for a token of a ServiceAccount', () => {
  it('gets it, bound to itself, with the CA and the namespace', async () => {
    const { metadata } = await account('robot');
    const secret = await kept(tokenSecret('robot-token', 'robot'));
    const data = isObject(secret?.data) ? secret.data : {};
    const text = (key: string) => Buffer.from(String(data[key]), 'base64').toString();
    assert.equal(text('namespace'), 'default');
    assert.match(text('ca.crt'), /BEGIN CERTIFICATE/);
    assert.notEqual(text('token'), '');
    assert.equal(secret?.metadata.annotations?.['kubernetes.io/service-account.uid'], metadata.uid);
    const claims = api.issued.at(-1);
    assert.deepEqual(claims?.boundSecret, { name: 'robot-token', uid: secret?.metadata.uid });
    assert.deepEqual([claims?.serviceAccount, claims?.serviceAccountUid], ['robot', metadata.uid]);
  });

  it('waits for an account that comes later, and goes with it', async () => {
    const made = await api.create('secrets default', tokenSecret('early-token', 'early'));
    const from = { resourceVersion: String(made.metadata.resourceVersion) };
    const watch = await api.watch('secrets default', from);
    await account('early');
    await watch.take(1);
    await api.delete('serviceaccounts default/early');
    assert.deepEqual(await watch.lines(1), ['DELETED default/early-token']);
    watch.stop();
  });
});
