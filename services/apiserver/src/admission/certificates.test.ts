import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import type { User } from '../verbs/types.ts';

const REQUESTS = 'certificatesigningrequests.certificates.k8s.io';
const GROUP = 'rbac.authorization.k8s.io';
const root: User = { name: 'root', groups: ['system:masters'] };
const officer: User = { name: 'officer', groups: ['system:authenticated'] };

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
  for (const [name, signerName] of [
    ['own', 'example.com/own'],
    ['other', 'example.com/other'],
  ])
    await api.create(REQUESTS, {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        signerName,
        usages: ['client auth'],
        request: Buffer.from(CSR).toString('base64'),
      },
    });
  const metadata = { name: 'officer' };
  await api.create(`clusterroles.${GROUP}`, {
    apiVersion: `${GROUP}/v1`,
    kind: 'ClusterRole',
    metadata,
    rules: [
      {
        verbs: ['approve', 'sign'],
        apiGroups: ['certificates.k8s.io'],
        resources: ['signers'],
        resourceNames: ['example.com/own'],
      },
    ],
  });
  await api.create(`clusterrolebindings.${GROUP}`, {
    apiVersion: `${GROUP}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'officer' },
    subjects: [{ kind: 'User', apiGroup: GROUP, name: 'officer' }],
  });
});
after(() => api.stop());

const CSR =
  '-----BEGIN CERTIFICATE REQUEST-----\nMIHLMHICAQAwEDEOMAwGA1UEAwwFamFuZTIwWTATBgcqhkjOPQIBBggqhkjOPQMB\n-----END CERTIFICATE REQUEST-----\n';

it('a request is approved by whoever has a right to its signer', async () => {
  const conditions = [{ type: 'Approved', status: 'True', reason: 'r', message: 'm' }];
  const approve = (name: string) =>
    api.patch(`certificatesigningrequests/approval ${name}`, 'merge', { status: { conditions } });
  api.as = { user: officer };
  await approve('own');
  await refused(
    approve('other'),
    'Forbidden',
    'certificatesigningrequests.certificates.k8s.io "other" is forbidden: user not permitted to approve requests with signerName "example.com/other"',
  );
  api.as = { user: root };
  await approve('other');
  const { status } = await api.get(`${REQUESTS} other`);
  assert.match(JSON.stringify(status), /Approved/);
});
