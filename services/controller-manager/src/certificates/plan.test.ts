import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Action } from '@reckon/client';
import type { AskedCertificate } from '@reckon/pki';
import type { CertificateSigningRequestSpec } from '@reckon/proto/reckon/api/certificates/v1/certificate_signing_request.ts';
import { NOW_MS, stored } from '../testing/objects.ts';
import { planRequest } from './plan.ts';
import type { AutoApproval, StoredRequest } from './types.ts';

const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
const SERVING = 'kubernetes.io/kubelet-serving';
const OF_CLIENT = ['digital signature', 'key encipherment', 'client auth'];
const OF_SERVER = ['digital signature', 'server auth'];
const HOUR_MS = 3_600_000;

const NODE: AskedCertificate = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
};
const SERVER = { ...NODE, dnsNames: ['n1'], ipAddresses: ['10.0.0.1'] };

const signerOf = (allowed: readonly AutoApproval[]) => ({
  mayCreate: async (_request: StoredRequest, one: AutoApproval) => allowed.includes(one),
  sign: async (_pem: string, { lifeMs }: { lifeMs: number }) => `signed for ${lifeMs / 1_000} s`,
});

interface Case {
  readonly spec: CertificateSigningRequestSpec;
  readonly asked?: AskedCertificate | string;
  readonly allowed?: readonly AutoApproval[];
  readonly conditions?: readonly string[];
  readonly certificate?: string;
  readonly now?: number;
}

function request({ spec, conditions = [], certificate }: Case): StoredRequest {
  const creationTimestamp = '2026-01-01T12:00:00Z';
  return stored({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'csr', namespace: '', creationTimestamp },
    spec: { usages: OF_CLIENT, username: 'system:bootstrap:abc', request: '', ...spec },
    status: {
      conditions: conditions.map((type) => ({ type, status: 'True', lastUpdateTime: creationTimestamp })),
      ...(certificate ? { certificate } : {}),
    },
  });
}

function plan(given: Case) {
  const { asked = NODE, allowed = [], now = NOW_MS } = given;
  const desired = request(given);
  return planRequest({ desired, observed: { asked }, now, failures: [] }, signerOf(allowed));
}

/** What is written, in short. */
async function summary(actions: readonly Action[]): Promise<string> {
  const [action, ...more] = actions;
  assert.deepEqual(more, []);
  if (!action) return 'nothing';
  if (action.type === 'delete') return `delete: ${action.because}`;
  assert.ok(action.type === 'update');
  const written = action.complete ? await action.complete(action.object) : action.object;
  if (!written) return 'nothing';
  const { status } = written as StoredRequest;
  if (status?.certificate) return Buffer.from(status.certificate, 'base64').toString();
  const last = status?.conditions?.at(-1);
  return `${action.subresource}: ${last?.type} ${last?.reason}: ${last?.message}`;
}

const AUTO = 'approval: Approved AutoApproved: Auto approving';
const FAILED = 'status: Failed SignerValidationFailure:';

describe('a certificate signing request', () => {
  const cases: readonly (readonly [string, Case, string])[] = [
    [
      'of a node that joins is approved where RBAC allows it',
      { spec: { signerName: KUBELET }, allowed: ['nodeclient'] },
      `${AUTO} kubelet client certificate after SubjectAccessReview.`,
    ],
    [
      'of a node that renews its own is approved',
      { spec: { signerName: KUBELET, username: 'system:node:n1' }, allowed: ['selfnodeclient'] },
      `${AUTO} self kubelet client certificate after SubjectAccessReview.`,
    ],
    [
      'of a node for another node waits for a person',
      { spec: { signerName: KUBELET, username: 'system:node:n2' }, allowed: ['selfnodeclient'] },
      'nothing',
    ],
    ['without a right to it waits for a person', { spec: { signerName: KUBELET } }, 'nothing'],
    [
      'for more than a node client is not approved by itself',
      { spec: { signerName: KUBELET, usages: [...OF_CLIENT, 'server auth'] }, allowed: ['nodeclient'] },
      'nothing',
    ],
    [
      'for a serving certificate always waits for a person',
      {
        spec: { signerName: SERVING, usages: OF_SERVER, username: 'system:node:n1' },
        asked: SERVER,
        allowed: ['nodeclient', 'selfnodeclient'],
      },
      'nothing',
    ],
    [
      'for a serving certificate is signed once a person has approved it',
      { spec: { signerName: SERVING, usages: OF_SERVER }, asked: SERVER, conditions: ['Approved'] },
      'signed for 31536000 s',
    ],
    [
      'of a client is signed for as long as it asks for',
      { spec: { signerName: CLIENT, expirationSeconds: 3_600 }, conditions: ['Approved'] },
      'signed for 3600 s',
    ],
    [
      'of a client is not signed for more than a year',
      { spec: { signerName: CLIENT, expirationSeconds: 100_000_000 }, conditions: ['Approved'] },
      'signed for 31536000 s',
    ],
    [
      'that is no node client fails, although it was approved',
      {
        spec: { signerName: KUBELET },
        asked: { ...NODE, organizations: ['system:masters'] },
        conditions: ['Approved'],
      },
      `${FAILED} subject organization is not system:nodes`,
    ],
    [
      'of a client for a server fails',
      { spec: { signerName: CLIENT, usages: ['server auth'] }, conditions: ['Approved'] },
      `${FAILED} usage "server auth" is not one of "digital signature", "key encipherment", "client auth"`,
    ],
    [
      'of a server without a name fails',
      { spec: { signerName: SERVING, usages: OF_SERVER }, conditions: ['Approved'] },
      `${FAILED} DNS or IP subjectAltName is required`,
    ],
    [
      'that cannot be read fails once it is approved',
      { spec: { signerName: CLIENT }, asked: 'the request cannot be read', conditions: ['Approved'] },
      `${FAILED} the request cannot be read`,
    ],
    ['that was denied stays so', { spec: { signerName: CLIENT }, conditions: ['Denied'] }, 'nothing'],
    [
      'that has failed is not tried again',
      { spec: { signerName: CLIENT }, conditions: ['Approved', 'Failed'] },
      'nothing',
    ],
    [
      'of another signer is left to it',
      { spec: { signerName: 'example.com/mine' }, conditions: ['Approved'] },
      'nothing',
    ],
    [
      'that is issued goes after an hour',
      { spec: { signerName: CLIENT }, conditions: ['Approved'], certificate: 'x', now: NOW_MS + HOUR_MS },
      'delete: it was approved more than an hour ago',
    ],
    [
      'that was denied goes after an hour, of other signers too',
      { spec: { signerName: 'example.com/mine' }, conditions: ['Denied'], now: NOW_MS + HOUR_MS },
      'delete: it was denied more than an hour ago',
    ],
    [
      'that nobody decides on goes after a day',
      { spec: { signerName: CLIENT }, now: NOW_MS + 24 * HOUR_MS },
      'delete: nothing has come of it in a day',
    ],
  ];
  for (const [sentence, given, expected] of cases) {
    it(sentence, async () => assert.equal(await summary(plan(given).actions), expected));
  }

  it('is looked at again when it is over, and not before', () => {
    assert.equal(plan({ spec: { signerName: CLIENT } }).wakeAtMs, NOW_MS + 24 * HOUR_MS);
    assert.equal(plan({ spec: { signerName: CLIENT }, conditions: ['Denied'] }).wakeAtMs, NOW_MS + HOUR_MS);
  });

  it('that the authority cannot sign fails and says why', async () => {
    const desired = request({ spec: { signerName: CLIENT }, conditions: ['Approved'] });
    const sign = () => Promise.reject(new Error('the request is not signed with its own key'));
    const { actions } = planRequest(
      { desired, observed: { asked: NODE }, now: NOW_MS, failures: [] },
      { ...signerOf([]), sign },
    );
    assert.equal(
      await summary(actions),
      'status: Failed SigningError: the request is not signed with its own key',
    );
  });
});
