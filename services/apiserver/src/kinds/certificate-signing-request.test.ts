import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isArray, isObject } from '@reckon/api';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import type { KubeObject } from '../verbs/types.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

const CSRS = 'certificatesigningrequests.certificates.k8s.io';

function request(name: string, rest: Record<string, unknown> = {}): KubeObject {
  const pem = '-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n';
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'example.com/signer',
      usages: ['client auth'],
      ...rest,
    },
  };
}

function decided(object: KubeObject, ...types: readonly string[]): KubeObject {
  const conditions = types.map((type) => ({ type, status: 'True', reason: 'Test' }));
  return { ...object, status: { conditions } };
}

function specOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return isObject(object.spec) ? object.spec : {};
}

describe('a certificate signing request', () => {
  it('says who asks, whatever the one who asks says', async () => {
    const made = await api.create(CSRS, request('mine', { username: 'somebody-else', groups: ['x'] }));
    const { username, groups = [] } = specOf(made);
    const { user } = api.context();
    assert.equal(username, user.name);
    assert.deepEqual(groups, user.groups);
  });

  it('is approved or denied through its approval only, once and for all', async () => {
    const made = await api.create(CSRS, request('decide'));
    await refused(
      api.update(`${CSRS}/status decide`, decided(made, 'Approved')),
      'Invalid',
      /updates may not add a condition of type "Approved"/,
    );
    const approved = await api.update(`${CSRS}/approval decide`, decided(made, 'Approved'));
    const conditions = isObject(approved.status) ? approved.status.conditions : undefined;
    const [condition] = isArray(conditions) ? conditions : [];
    assert.ok(isObject(condition) && condition.lastUpdateTime && condition.lastTransitionTime);
    await refused(
      api.update(`${CSRS}/approval decide`, decided(approved)),
      'Invalid',
      /updates may not remove a condition of type "Approved"/,
    );
    await refused(
      api.update(`${CSRS}/approval decide`, decided(approved, 'Approved', 'Denied')),
      'Invalid',
      /Approved and Denied conditions are mutually exclusive/,
    );
  });

  it('has to ask for something that can be signed', async () => {
    const body = request('odd', { request: 'eA==', usages: ['fun'], expirationSeconds: 5 });
    await refused(
      api.create(CSRS, body),
      'Invalid',
      /PEM block type must be CERTIFICATE REQUEST.*"fun".*600 seconds/s,
    );
  });
});
