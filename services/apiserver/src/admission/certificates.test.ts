import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
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

it('nobody asks for a certificate that makes him a master', async () => {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const ask = async (name: string, subject: string, signerName: string) => {
    const request = await Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm });
    const spec = { signerName, usages: ['client auth'], request: btoa(request.toString('pem')) };
    const metadata = { name };
    return api.create(REQUESTS, {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata,
      spec,
    });
  };
  const signer = 'kubernetes.io/kube-apiserver-client';
  api.as = { user: officer };
  await refused(
    ask('master', 'CN=eve, O=devs, O=system:masters', signer),
    'Forbidden',
    /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed/,
  );
  await ask('member', 'CN=eve, O=devs', signer);
  await ask('elsewhere', 'CN=eve, O=system:masters', 'example.com/own');
  api.as = {};
});
