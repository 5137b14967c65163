/**
 * What it costs to know who asks and whether he may: one question to the authorizer, with few bindings and with 10,000,
 * and one token; and what authentication, authorization and admission together add to a create over HTTPS.
 */
import { ServiceAccountTokens } from '@reckon/apiserver/auth/service-account-tokens.ts';
import { testAuthority } from '@reckon/apiserver/auth/testing/test-authority.ts';
import { newKeys, privateKeyPem } from '@reckon/apiserver/doors/testing/pki.ts';
import type { AccessAttributes, KubeObject, User } from '@reckon/apiserver/verbs/types.ts';
import { systemClock, systemRandom } from '@reckon/service';
import { addedToCreates } from './access/added.ts';

const BINDINGS = 10_000;
const ROUNDS = 1_000_000;
const GROUP = 'rbac.authorization.k8s.io';

function roleBinding(namespace: string, name: string, user: string): KubeObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace, name },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'system:aggregate-to-view' },
    subjects: [{ kind: 'User', apiGroup: GROUP, name: user }],
  };
}

function usOf(rounds: number, work: () => void): number {
  for (let i = 0; i < rounds / 10; i++) work();
  const startedMs = systemClock.monotonicMs();
  for (let i = 0; i < rounds; i++) work();
  return ((systemClock.monotonicMs() - startedMs) * 1_000) / rounds;
}

function print(what: string, us: number, note = ''): void {
  console.log(`${what.padEnd(58)} ${us.toFixed(3).padStart(8)} µs${note === '' ? '' : `   ${note}`}`);
}

const jane: User = { name: 'jane', groups: ['dev', 'ops', 'system:authenticated'] };
const manager: User = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };
const agent: User = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
const listPods: AccessAttributes = {
  verb: 'list',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'ns-1',
  name: '',
};
const deletePods = { ...listPods, verb: 'delete' };
const readSecret = { ...listPods, verb: 'get', resource: 'secrets', name: 'of-99' };

for (const count of [1, BINDINGS]) {
  const { authorizer, rbac, nodes } = testAuthority(roleBinding('ns-1', 'jane', 'jane'));
  const startedMs = systemClock.monotonicMs();
  for (let i = 1; i < count; i++)
    rbac.put(
      `rolebindings.${GROUP}`,
      roleBinding(`ns-${i % 100}`, `b-${i}`, i % 2 === 0 ? 'jane' : `user-${i}`),
    );
  const filledMs = systemClock.monotonicMs() - startedMs;
  const note = count === 1 ? '' : `filled in ${filledMs.toFixed(0)} ms`;
  print(
    `${count} bindings: allowed by a binding of the namespace`,
    usOf(ROUNDS, () => authorizer.allows(jane, listPods)),
    note,
  );
  print(
    `${count} bindings: refused, everything looked at`,
    usOf(ROUNDS, () => authorizer.allows(jane, deletePods)),
  );
  print(
    `${count} bindings: the controller manager`,
    usOf(ROUNDS, () => authorizer.allows(manager, deletePods)),
  );
  for (let i = 0; i < 100; i++) {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'ns-1', name: `p-${i}` },
      spec: { nodeName: 'n1', volumes: [{ name: 'v', secret: { secretName: `of-${i}` } }] },
    };
    const key = { resource: 'pods', namespace: 'ns-1', name: `p-${i}` };
    nodes.put({ key, uid: `${i}`, selectable: { nodeName: 'n1' }, value: pod }, undefined);
  }
  print(
    'an agent reads the secret of the last of its 100 pods',
    usOf(ROUNDS / 10, () => authorizer.allows(agent, readSecret)),
  );
}

const tokens = new ServiceAccountTokens({
  privateKeyPem: await privateKeyPem(await newKeys()),
  verificationKeysPem: [],
  issuer: 'https://cluster',
  audiences: ['https://cluster'],
  clock: systemClock,
  random: systemRandom,
  uidOf: () => 'uid',
  confirm: async () => undefined,
});
const claims = { namespace: 'a', serviceAccount: 'b', serviceAccountUid: 'uid', audiences: [] };
const { token } = await tokens.issue({ ...claims, expirationSeconds: 600 });
await tokens.authenticateToken(token);
const known = usOf(ROUNDS, () => void tokens.authenticateToken(token));
print('a token that was seen before', known);
const { authorizer } = testAuthority(roleBinding('ns-1', 'jane', 'jane'));
const both = known + usOf(ROUNDS, () => authorizer.allows(jane, deletePods));
print('token and refusal together', both);

await addedToCreates();
