import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { claimOf, podOf, specOf } from '../verbs/testing/objects.ts';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';

type Fields = Readonly<Record<string, unknown>>;

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

const priorityClass = (name: string, value: number, rest: Fields = {}) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  ...rest,
});

describe('Priority', () => {
  it('is that of the class, with its preemption policy', async () => {
    await api.create(
      'priorityclasses.scheduling.k8s.io',
      priorityClass('polite', 100, { preemptionPolicy: 'Never' }),
    );
    const spec = specOf(await api.create('pods default', podOf('polite', { priorityClassName: 'polite' })));
    assert.deepEqual([spec.priority, spec.preemptionPolicy], [100, 'Never']);
  });

  for (const [rule, spec, message] of [
    ['an unknown class', { priorityClassName: 'nobody' }, 'no PriorityClass with name nobody was found'],
    [
      'a number of its own',
      { priority: 9 },
      'the integer value of priority (9) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      'a preemption policy of its own',
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ] as const) {
    it(`refuses ${rule}`, async () => {
      await refused(
        api.create('pods default', podOf('p', spec)),
        'Forbidden',
        `pods "p" is forbidden: ${message}`,
      );
    });
  }

  it('of the classes of the system is for whoever asks, wherever (since Kubernetes 1.17)', async () => {
    const pod = podOf('critical', { priorityClassName: 'system-cluster-critical' });
    assert.equal(specOf(await api.create('pods default', pod)).priority, 2_000_000_000);
  });

  it('is that of the default class for who names none; there is one default at most', async () => {
    const classes = 'priorityclasses.scheduling.k8s.io';
    await api.create(classes, priorityClass('usual', 50, { globalDefault: true }));
    try {
      const spec = specOf(await api.create('pods default', podOf('usual')));
      assert.deepEqual([spec.priorityClassName, spec.priority], ['usual', 50]);
      await refused(
        api.create(classes, priorityClass('other', 60, { globalDefault: true })),
        'Forbidden',
        'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
      );
    } finally {
      await api.delete(`${classes} usual`);
    }
  });
});

describe('RuntimeClass', () => {
  const classes = 'runtimeclasses.node.k8s.io';
  const runtimeClass = (name: string, rest: Fields = {}) => ({
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name },
    handler: 'runc',
    ...rest,
  });
  const rejected = (spec: Fields, why: string) =>
    refused(api.create('pods default', podOf('p', spec)), 'Forbidden', `pods "p" is forbidden: ${why}`);

  it('gives its overhead, node labels and tolerations to the pods that name it', async () => {
    const gpu = { key: 'gpu', operator: 'Exists', effect: 'NoSchedule' };
    const scheduling = { nodeSelector: { vm: 'yes' }, tolerations: [gpu] };
    const overhead = { podFixed: { memory: '64Mi' } };
    await api.create(classes, runtimeClass('vm', { overhead, scheduling }));
    const narrower = { key: 'gpu', operator: 'Equal', value: 'a', effect: 'NoSchedule' };
    const wanted = { runtimeClassName: 'vm', nodeSelector: { zone: 'a' }, tolerations: [narrower] };
    const spec = specOf(await api.create('pods default', podOf('in-vm', wanted)));
    assert.deepEqual(spec.overhead, { memory: '64Mi' });
    assert.deepEqual(spec.nodeSelector, { vm: 'yes', zone: 'a' });
    const keys = (spec.tolerations as readonly { readonly key: string }[]).map(({ key }) => key);
    assert.deepEqual(keys.toSorted(), [
      'gpu',
      'node.kubernetes.io/not-ready',
      'node.kubernetes.io/unreachable',
    ]);
    await rejected(
      { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } },
      'conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
    );
    await rejected(
      { runtimeClassName: 'vm', overhead: { memory: '1Gi' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    );
  });

  it('refuses a class that is not there, and an overhead that no class gives', async () => {
    await rejected({ runtimeClassName: 'gone' }, 'pod rejected: RuntimeClass "gone" not found');
    await rejected(
      { overhead: { memory: '1Gi' } },
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    );
  });
});

describe('DefaultStorageClass', () => {
  it('gives a claim that names no class the default one; the empty name is a name', async () => {
    const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const none = await api.create('persistentvolumeclaims default', claimOf('before'));
    assert.equal(specOf(none).storageClassName, undefined);
    for (const [name, annotations] of [
      ['plain', {}],
      ['usual', isDefault],
    ] as const) {
      const metadata = { name, annotations };
      const storageClass = {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata,
        provisioner: 'x.io/y',
      };
      await api.create('storageclasses.storage.k8s.io', storageClass);
    }
    const nameOf = async (name: string, spec: Fields) =>
      specOf(await api.create('persistentvolumeclaims default', claimOf(name, spec))).storageClassName;
    assert.equal(await nameOf('silent', {}), 'usual');
    assert.equal(await nameOf('empty', { storageClassName: '' }), '');
    assert.equal(await nameOf('own', { storageClassName: 'plain' }), 'plain');
  });
});

describe('ServiceAccount', () => {
  it('refuses a pod whose account is not there', async () => {
    await refused(
      api.create('pods default', podOf('p', { serviceAccountName: 'nobody' })),
      'Forbidden',
      'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    );
  });

  it('gives a pod the pull secrets of its account, and no token if either does not want one', async () => {
    await api.create('serviceaccounts default', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'puller' },
      imagePullSecrets: [{ name: 'registry' }],
      automountServiceAccountToken: false,
    });
    const spec = specOf(await api.create('pods default', podOf('pulls', { serviceAccountName: 'puller' })));
    assert.deepEqual(spec.imagePullSecrets, [{ name: 'registry' }]);
    assert.equal(spec.volumes, undefined);
    const wants = { serviceAccountName: 'puller', automountServiceAccountToken: true };
    const volumes = specOf(await api.create('pods default', podOf('wants', wants))).volumes as unknown[];
    assert.equal(volumes.length, 1);
  });
});

describe('the token of a ServiceAccount', () => {
  /** What the account says, and the pod. */
  const cases: readonly (readonly [boolean | undefined, boolean | undefined, boolean])[] = [
    [undefined, undefined, true],
    [true, undefined, true],
    [false, undefined, false],
    [undefined, true, true],
    [true, true, true],
    [false, true, true],
    [undefined, false, false],
    [true, false, false],
    [false, false, false],
  ];
  const saying = (automount: boolean | undefined) =>
    automount === undefined ? {} : { automountServiceAccountToken: automount };

  for (const [account, pod, mounted] of cases)
    it(`is ${mounted ? '' : 'not '}mounted if the account says ${account} and the pod ${pod}`, async () => {
      const name = `mount-${account}-${pod}`;
      const metadata = { name };
      const made = { apiVersion: 'v1', kind: 'ServiceAccount', metadata, ...saying(account) };
      await api.create('serviceaccounts default', made);
      const wanted = podOf(name, { serviceAccountName: name, ...saying(pod) });
      const { containers, volumes } = specOf(await api.create('pods default', wanted));
      const mountPaths = (containers as readonly Fields[]).flatMap(({ volumeMounts }) =>
        ((volumeMounts ?? []) as readonly Fields[]).map(({ mountPath }) => mountPath),
      );
      assert.deepEqual(mountPaths, mounted ? ['/var/run/secrets/kubernetes.io/serviceaccount'] : []);
      assert.equal(volumes !== undefined, mounted);
    });
});

describe('DefaultTolerationSeconds', () => {
  it('adds what a pod does not say itself, for as long as the cluster is set to', async () => {
    const toleration = {
      key: 'node.kubernetes.io/not-ready',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 1,
    };
    const pod = await api.create('pods default', podOf('tolerant', { tolerations: [toleration] }));
    assert.deepEqual(specOf(pod).tolerations, [
      toleration,
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 6,
      },
    ]);
    const all = await api.create('pods default', podOf('stoic', { tolerations: [{ operator: 'Exists' }] }));
    assert.deepEqual(specOf(all).tolerations, [{ operator: 'Exists' }]);
  });
});

describe('TaintNodesByCondition', () => {
  it('keeps pods from a new node until it has been seen ready', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'new' } };
    const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    assert.deepEqual(specOf(await api.create('nodes', node)).taints, [notReady]);
    const own = { key: 'mine', effect: 'NoExecute' };
    const spec = { taints: [own, notReady] };
    const tainted = { ...node, metadata: { name: 'tainted' }, spec };
    assert.deepEqual(specOf(await api.create('nodes', tainted)).taints, [own, notReady]);
  });
});
