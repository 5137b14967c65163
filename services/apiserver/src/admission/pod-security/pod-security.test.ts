import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deploymentOf, podOf } from '../../verbs/testing/objects.ts';
import { refused } from '../../verbs/testing/refused.ts';
import { TestVerbs } from '../../verbs/testing/test-verbs.ts';
import { policyOf, violationsOf } from './levels.ts';
import { checkedPod } from './violation.ts';

type Fields = Readonly<Record<string, unknown>>;

const one = (container: Fields, spec: Fields = {}) => ({
  containers: [{ name: 'c', image: 'i:1', ...container }],
  ...spec,
});
const secured = (securityContext: Fields, spec: Fields = {}) => one({ securityContext }, spec);

const judge = (level: string, spec: Fields, annotations: Fields = {}) =>
  violationsOf({ level, version: 'latest' }, checkedPod({ annotations }, spec));

describe('the level baseline', () => {
  const cases: readonly (readonly [string, Fields, string])[] = [
    ['nothing special', one({}), ''],
    [
      'privileged',
      secured({ privileged: true }),
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
    [
      'host namespaces',
      one({}, { hostNetwork: true, hostPID: true, hostIPC: true }),
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    ],
    [
      'host paths',
      one({}, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      'hostPath volumes (volume "v")',
    ],
    [
      'host ports',
      one({ ports: [{ containerPort: 1, hostPort: 80 }] }),
      'hostPort (container "c" uses hostPort 80)',
    ],
    [
      'capabilities',
      secured({ capabilities: { add: ['SYS_TIME', 'NET_ADMIN', 'CHOWN'] } }),
      'non-default capabilities (container "c" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add)',
    ],
    [
      'seccomp',
      secured(
        { seccompProfile: { type: 'Unconfined' } },
        { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      ),
      'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'SELinux',
      one({}, { securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } }),
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      'sysctls',
      one(
        {},
        {
          securityContext: {
            sysctls: [
              { name: 'kernel.msgmax', value: '1' },
              { name: 'net.ipv4.tcp_syncookies', value: '1' },
            ],
          },
        },
      ),
      'forbidden sysctl (kernel.msgmax)',
    ],
    [
      'proc',
      secured({ procMount: 'Unmasked' }),
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'several containers, init containers first',
      {
        initContainers: [{ name: 'a', securityContext: { privileged: true } }],
        containers: [{ name: 'b', securityContext: { privileged: true } }],
      },
      'privileged (containers "a", "b" must not set securityContext.privileged=true)',
    ],
  ];
  for (const [name, spec, found] of cases)
    it(`says of ${name}: ${found || 'nothing'}`, () => assert.equal(judge('baseline', spec), found));

  it('reads the old annotation for AppArmor', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/c';
    assert.equal(
      judge('baseline', one({}), { [key]: 'unconfined' }),
      `forbidden AppArmor profile (${key}="unconfined")`,
    );
    assert.equal(judge('baseline', one({}), { [key]: 'runtime/default' }), '');
  });
});

describe('the level restricted', () => {
  const safe = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const calm = { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } };
  const cases: readonly (readonly [string, Fields, string])[] = [
    ['a pod that is careful', secured(safe, calm), ''],
    [
      'an ordinary pod',
      one({}),
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    [
      'root',
      secured({ ...safe, runAsUser: 0 }, calm),
      'runAsUser=0 (container "c" must not set runAsUser=0)',
    ],
    [
      'a container that wants root',
      secured({ ...safe, runAsNonRoot: false }, calm),
      'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'a volume of the host, once',
      secured(safe, {
        ...calm,
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'w', emptyDir: {} },
        ],
      }),
      'restricted volume types (volume "v" uses restricted volume type "hostPath")',
    ],
    [
      'capabilities that are added',
      secured({ ...safe, capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } }, calm),
      'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
  ];
  for (const [name, spec, found] of cases)
    it(`says of ${name}: ${found || 'nothing'}`, () => assert.equal(judge('restricted', spec), found));
});

describe('a version of Kubernetes that a namespace names', () => {
  const sysctl = (name: string) => one({}, { securityContext: { sysctls: [{ name, value: '1' }] } });
  const careful = { runAsNonRoot: true, allowPrivilegeEscalation: false };
  const seccomp = { seccompProfile: { type: 'RuntimeDefault' } };
  const noted = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' };
  /** The level, a pod, and from which minor version on it is let in; `until`: up to which. */
  const cases: readonly (readonly [string, string, Fields, { since?: number; until?: number }, Fields?])[] = [
    ['baseline', 'a reserved port range', sysctl('net.ipv4.ip_local_reserved_ports'), { since: 27 }],
    ['baseline', 'keepalives of TCP', sysctl('net.ipv4.tcp_keepalive_time'), { since: 29 }],
    ['baseline', 'buffers of TCP', sysctl('net.ipv4.tcp_rmem'), { since: 32 }],
    ['baseline', 'SYN cookies', sysctl('net.ipv4.tcp_syncookies'), { since: 0 }],
    [
      'baseline',
      'an engine in a container',
      one({}, { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }),
      { since: 31 },
    ],
    ['baseline', 'seccomp by field', secured({ seccompProfile: { type: 'Unconfined' } }), { until: 18 }],
    ['baseline', 'seccomp by annotation', one({}), { since: 19 }, noted],
    ['restricted', 'nothing but another user', secured({ runAsNonRoot: true }), { until: 7 }],
    ['restricted', 'no seccomp profile', secured(careful), { until: 18 }],
    [
      'restricted',
      'seccomp by annotation before it was a field',
      secured({ runAsNonRoot: true }),
      { since: 99 },
      noted,
    ],
    ['restricted', 'capabilities that are kept', secured({ ...careful, ...seccomp }), { until: 21 }],
    [
      'restricted',
      'root by number',
      secured({ ...careful, ...seccomp, capabilities: { drop: ['ALL'] }, runAsUser: 0 }),
      { until: 22 },
    ],
    ['restricted', 'Windows', secured({ runAsNonRoot: true }, { os: { name: 'windows' } }), { since: 25 }],
  ];
  for (const [level, name, spec, { since = 0, until = 98 }, annotations = {}] of cases)
    it(`judges ${name} as ${level} did then`, () => {
      const pod = checkedPod({ annotations }, spec);
      const isIn = (minor: number) => violationsOf({ level, version: `v1.${minor}` }, pod) === '';
      const wanted = (minor: number) => minor >= since && minor <= until;
      const oldest = name === 'Windows' ? 8 : 0;
      for (let minor = oldest; minor <= 40; minor++) assert.equal(isIn(minor), wanted(minor), `v1.${minor}`);
      assert.equal(violationsOf({ level, version: 'latest' }, pod) === '', wanted(40), 'latest');
    });
});

describe('PodSecurity', () => {
  let api: TestVerbs;
  before(async () => {
    api = await TestVerbs.start();
  });
  after(() => api.stop());

  const label = (mode: string) => `pod-security.kubernetes.io/${mode}`;
  const namespace = (name: string, labels: Readonly<Record<string, string>>) =>
    api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  const privileged = secured({ privileged: true });

  it('refuses a pod that the namespace does not want, and takes all others', async () => {
    await namespace('guarded', { [label('enforce')]: 'baseline', [label('enforce-version')]: 'v1.30' });
    await refused(
      api.create('pods guarded', podOf('p', privileged)),
      'Forbidden',
      'pods "p" is forbidden: violates PodSecurity "baseline:v1.30": privileged (container "c" must not set securityContext.privileged=true)',
    );
    await api.create('pods guarded', podOf('p'));
    await api.create('pods default', podOf('p', privileged));
  });

  it('warns of a pod, and of what makes pods, without refusing it', async () => {
    await namespace('warned', { [label('warn')]: 'baseline' });
    const warning =
      'would violate PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)';
    await api.create('pods warned', podOf('p', privileged));
    assert.deepEqual(api.warnings, [warning]);
    const template = { metadata: { labels: { app: 'd' } }, spec: privileged };
    await api.create('deployments.apps warned', deploymentOf('d', { template }));
    assert.deepEqual(api.warnings, [warning]);
  });

  it('tells which pods a stricter namespace would not let in any more', async () => {
    await namespace('later', {});
    for (const name of ['a', 'b']) await api.create('pods later', podOf(name, privileged));
    await api.patch('namespaces later', 'merge', {
      metadata: { labels: { [label('enforce')]: 'baseline' } },
    });
    assert.deepEqual(api.warnings, [
      'existing pods in namespace "later" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 1 other pod): privileged (container "c" must not set securityContext.privileged=true)',
    ]);
  });

  it('refuses labels that nobody can read', async () => {
    await refused(
      namespace('typo', { [label('enforce')]: 'basline', [label('warn-version')]: '1.30' }),
      'Invalid',
      /metadata\.labels\[pod-security\.kubernetes\.io\/enforce\]: Invalid value: "basline": must be one of privileged, baseline, restricted.*warn-version\]: Invalid value: "1\.30": must be "latest" or "v1\.x"/,
    );
    assert.deepEqual(policyOf({ [label('enforce')]: 'basline' }, 'enforce').level, 'restricted');
  });
});
