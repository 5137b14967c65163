import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { configMapOf, deploymentOf, namespaceOf, podOf, specOf, statusOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

describe('create', () => {
  it('gives an object its uid, its time, its first generation and a status of its own', async () => {
    const made = await api.create('deployments.apps default', {
      ...deploymentOf('fresh'),
      metadata: { name: 'fresh', uid: 'mine', generation: 7, creationTimestamp: '2001-01-01T00:00:00Z' },
      status: { replicas: 3 },
    });
    const { metadata } = made;
    assert.match(metadata.uid ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(metadata.generation, 1);
    assert.notEqual(metadata.creationTimestamp, '2001-01-01T00:00:00Z');
    assert.deepEqual(made.status ?? {}, {});
    assert.equal(specOf(made).replicas, 1);
    assert.deepEqual(await api.get('deployments.apps default/fresh'), made);
  });

  it('takes the namespace of the request, and refuses another one in the object', async () => {
    const made = await api.create('configmaps default', configMapOf('placed'));
    assert.equal(made.metadata.namespace, 'default');
    await refused(
      api.create('configmaps default', configMapOf('other', {}, { namespace: 'kube-system' })),
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  });

  it('refuses a second object of the same name', async () => {
    await api.create('configmaps default', configMapOf('twice'));
    await refused(
      api.create('configmaps default', configMapOf('twice')),
      'AlreadyExists',
      'configmaps "twice" already exists',
    );
  });

  it('says of a name that is on its way out that it is being deleted', async () => {
    await api.create('configmaps default', configMapOf('held', {}, { finalizers: ['example.com/hold'] }));
    await api.delete('configmaps default/held');
    await refused(
      api.create('configmaps default', configMapOf('held')),
      'AlreadyExists',
      'object is being deleted: configmaps "held" already exists',
    );
  });

  it('makes a name of generateName, another one each time', async () => {
    const names = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const made = await api.create('configmaps default', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { generateName: 'some-' },
      });
      assert.match(made.metadata.name ?? '', /^some-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      names.add(made.metadata.name ?? '');
    }
    assert.equal(names.size, 20);
  });

  it('refuses an object without a name', async () => {
    await refused(
      api.create('configmaps default', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
      'Invalid',
      /metadata\.name: Required value: name or generateName is required/,
    );
  });

  it('refuses a resourceVersion', async () => {
    await refused(
      api.create('configmaps default', configMapOf('versioned', {}, { resourceVersion: '1' })),
      'BadRequest',
      'resourceVersion should not be set on objects to be created',
    );
  });

  it('refuses another kind, another version, and what nobody knows', async () => {
    await refused(
      api.create('pods default', configMapOf('x')),
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a Pod: converting (v1.ConfigMap) to (core.Pod): unknown conversion',
    );
    await refused(
      api.create('pods default', { ...podOf('x'), kind: 'Pot' }),
      'BadRequest',
      'Pot in version "v1" cannot be handled as a Pod: no kind "Pot" is registered for version "v1"',
    );
    await refused(
      api.create('deployments.apps default', { ...deploymentOf('x'), apiVersion: 'apps/v1beta1' }),
      'BadRequest',
      'the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)',
    );
  });

  it('leaves unknown fields out with a warning, or refuses them when asked to be strict', async () => {
    const pod = podOf('unknown', { foo: 1 });
    await refused(
      api.create('pods default', pod, { fieldValidation: 'Strict' }),
      'BadRequest',
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo"',
    );
    const made = await api.create('pods default', pod);
    assert.deepEqual(api.warnings, ['unknown field "spec.foo"']);
    assert.equal('foo' in specOf(made), false);
    await api.create('pods default', podOf('unknown-2', { foo: 1 }), { fieldValidation: 'Ignore' });
    assert.deepEqual(api.warnings, []);
  });

  it('refuses a value of the wrong type in the words of the decoder', async () => {
    await refused(
      api.create('deployments.apps default', deploymentOf('x', { replicas: 'three' })),
      'BadRequest',
      /^Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
    );
  });

  it('commits nothing in a dry run', async () => {
    const head = api.running.env.cache.head;
    const made = await api.create('configmaps default', configMapOf('dry'), { dryRun: true });
    assert.equal(made.metadata.resourceVersion, undefined);
    assert.equal(api.running.env.cache.head, head);
    await refused(api.get('configmaps default/dry'), 'NotFound', 'configmaps "dry" not found');
  });

  it('puts who did it and why into the log', async () => {
    api.as = { user: { name: 'jane', groups: [] }, requestId: 'r-1', cause: 3, because: 'it was time' };
    const made = await api.create('configmaps default', configMapOf('told'));
    api.as = {};
    const [record] = await api.store.records([Number(made.metadata.resourceVersion)]);
    assert.deepEqual(record?.provenance, {
      actor: 'jane',
      requestId: 'r-1',
      cause: 3,
      because: 'it was time',
      via: 'create',
    });
  });

  it('puts by which verb it was asked for into the log, with the subresource', async () => {
    const target = 'configmaps default/asked';
    const made = await api.create('configmaps default', configMapOf('asked'));
    const patched = await api.patch(target, 'merge', { data: { a: 'b' } });
    const applied = await api.patch(target, 'apply', configMapOf('asked'), {
      fieldManager: 'me',
      force: true,
    });
    const revs = [made, patched, applied].map(({ metadata }) => Number(metadata.resourceVersion));
    const records = await api.store.records(revs);
    assert.deepEqual(
      records.map((record) => record?.provenance.via),
      ['create', 'patch', 'apply'],
    );
  });
});

describe('a namespace', () => {
  it('comes with its default ServiceAccount and the CA of the cluster, in one commit', async () => {
    const made = await api.create('namespaces', namespaceOf('complete'));
    const rev = Number(made.metadata.resourceVersion);
    assert.deepEqual(statusOf(made), { phase: 'Active' });
    assert.deepEqual(specOf(made), { finalizers: ['kubernetes'] });
    assert.equal(made.metadata.labels?.['kubernetes.io/metadata.name'], 'complete');
    const account = await api.get('serviceaccounts complete/default');
    const ca = await api.get('configmaps complete/kube-root-ca.crt');
    assert.deepEqual(
      [account, ca].map((object) => Number(object.metadata.resourceVersion)),
      [rev + 1, rev + 2],
    );
    assert.match(JSON.stringify(ca.data), /BEGIN CERTIFICATE/);
  });

  it('that is not there takes nothing', async () => {
    await refused(api.create('pods nowhere', podOf('p')), 'NotFound', 'namespaces "nowhere" not found');
  });

  it('that is terminating takes nothing new', async () => {
    await api.create('namespaces', namespaceOf('leaving'));
    await api.delete('namespaces leaving');
    const error = await refused(
      api.create('configmaps leaving', configMapOf('late')),
      'Forbidden',
      'configmaps "late" is forbidden: unable to create new content in namespace leaving because it is being terminated',
    );
    assert.deepEqual(error.details.causes, [
      {
        reason: 'NamespaceTerminating',
        message: 'namespace leaving is being terminated',
        field: 'metadata.namespace',
      },
    ]);
  });
});

describe('a pod', () => {
  it('gets an identity: its account, and a token at the usual place in every container', async () => {
    const pod = await api.create(
      'pods default',
      podOf('identity', { initContainers: [{ name: 'i', image: 'i:1' }] }),
    );
    const spec = specOf(pod) as {
      serviceAccountName: string;
      containers: { volumeMounts: object[] }[];
      initContainers: { volumeMounts: object[] }[];
      volumes: { name: string }[];
    };
    assert.equal(spec.serviceAccountName, 'default');
    const volume = spec.volumes[0]?.name ?? '';
    assert.match(volume, /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const mount = {
      name: volume,
      readOnly: true,
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    };
    assert.deepEqual(spec.containers[0]?.volumeMounts, [mount]);
    assert.deepEqual(spec.initContainers[0]?.volumeMounts, [mount]);
  });

  it('goes without a token if it, or else its account, says so', async () => {
    const pod = await api.create('pods default', podOf('bare', { automountServiceAccountToken: false }));
    assert.equal(specOf(pod).volumes, undefined);
    await api.create('serviceaccounts default', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'shy' },
      automountServiceAccountToken: false,
    });
    const shy = await api.create('pods default', podOf('shy', { serviceAccountName: 'shy' }));
    assert.equal(specOf(shy).volumes, undefined);
    const bold = await api.create(
      'pods default',
      podOf('bold', { serviceAccountName: 'shy', automountServiceAccountToken: true }),
    );
    assert.notEqual(specOf(bold).volumes, undefined);
  });

  it('is refused if its account is not there', async () => {
    await refused(
      api.create('pods default', podOf('orphan', { serviceAccountName: 'nobody' })),
      'Forbidden',
      'pods "orphan" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    );
  });

  it('with scheduling gates says from the start that it waits for them', async () => {
    const pod = await api.create('pods default', podOf('gated', { schedulingGates: [{ name: 'not-yet' }] }));
    assert.deepEqual(statusOf(pod).conditions, [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ]);
  });

  it('begins as Pending, with priority 0 and a few seconds of patience with its node', async () => {
    const pod = await api.create(
      'pods default',
      podOf('begins', { tolerations: [{ key: 'a', operator: 'Exists' }] }),
    );
    assert.deepEqual(statusOf(pod), { phase: 'Pending', qosClass: 'BestEffort' });
    const spec = specOf(pod);
    assert.equal(spec.priority, 0);
    assert.deepEqual(spec.tolerations, [
      { key: 'a', operator: 'Exists' },
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 6 },
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 6,
      },
    ]);
  });

  it('has a class of service by what it asks for', async () => {
    const asking = (resources: object) => ({ containers: [{ name: 'c', image: 'i:1', resources }] });
    const amounts = { cpu: '100m', memory: '64Mi' };
    const guaranteed = await api.create('pods default', podOf('qos-1', asking({ limits: amounts })));
    const burstable = await api.create('pods default', podOf('qos-2', asking({ requests: { cpu: '0.1' } })));
    assert.equal(statusOf(guaranteed).qosClass, 'Guaranteed');
    assert.equal(statusOf(burstable).qosClass, 'Burstable');
    assert.deepEqual((specOf(burstable).containers as { resources: object }[])[0]?.resources, {
      requests: { cpu: '100m' },
    });
  });

  it('is refused an unknown priority class and a priority of its own', async () => {
    await refused(
      api.create('pods default', podOf('urgent', { priorityClassName: 'urgent' })),
      'Forbidden',
      'pods "urgent" is forbidden: no PriorityClass with name urgent was found',
    );
    await refused(
      api.create('pods default', podOf('own', { priority: 5 })),
      'Forbidden',
      /computed 0 from the given PriorityClass name/,
    );
    const critical = await api.create(
      'pods kube-system',
      podOf('critical', { priorityClassName: 'system-node-critical' }),
    );
    assert.equal(specOf(critical).priority, 2_000_001_000);
  });
});
