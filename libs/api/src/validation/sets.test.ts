import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, objectOf, updateProblems } from './testing.ts';

type Fields = Record<string, unknown>;

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};
const spec = { selector: { matchLabels: { app: 'web' } }, template };
const sample = (resource: string, rest: Fields = {}) => ({ resource, spec: { ...spec, ...rest } });
const problems = (resource: string, rest: Fields = {}) => createProblems(sample(resource, rest));

describe('stateful sets', () => {
  const mounted = {
    ...template,
    spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
  };
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };

  it('may be as the tutorials have them, with a volume from a claim', () => {
    const good = { serviceName: 'web', template: mounted, volumeClaimTemplates: [claim] };
    assert.deepEqual(problems('statefulsets.apps', good), []);
    assert.deepEqual(problems('statefulsets.apps', { template: mounted }), [
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ]);
  });

  it('get the defaults of Kubernetes', () => {
    const { spec: complete } = objectOf(sample('statefulsets.apps', { volumeClaimTemplates: [claim] }));
    const { selector: _s, template: _t, ...rest } = complete as Fields;
    assert.deepEqual(rest, {
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          ...claim,
          spec: { ...claim.spec, volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
    });
  });

  it('need a selector, pods that always run, and a sound strategy', () => {
    assert.deepEqual(problems('statefulsets.apps', { selector: {} }), [
      'spec.selector: Invalid value: {}: empty selector is invalid for statefulset',
    ]);
    const odd = { ...template, spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 1 } };
    assert.deepEqual(problems('statefulsets.apps', { template: odd }), [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
    ]);
    assert.deepEqual(
      problems('statefulsets.apps', {
        updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } },
      }),
      [
        `spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy 'RollingUpdate'`,
      ],
    );
    assert.deepEqual(
      problems('statefulsets.apps', {
        updateStrategy: { rollingUpdate: { maxUnavailable: 0, partition: -1 } },
      }),
      [
        'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
      ],
    );
    assert.deepEqual(problems('statefulsets.apps', { podManagementPolicy: 'Random' }), [
      'spec.podManagementPolicy: Unsupported value: "Random": supported values: "OrderedReady", "Parallel"',
    ]);
  });

  it('change in a few fields only', () => {
    const before = sample('statefulsets.apps');
    const free = { replicas: 5, minReadySeconds: 3, ordinals: { start: 1 }, revisionHistoryLimit: 2 };
    assert.deepEqual(updateProblems(before, sample('statefulsets.apps', free)), []);
    assert.deepEqual(updateProblems(before, sample('statefulsets.apps', { serviceName: 'other' })), [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });
});

describe('daemon sets', () => {
  const rolling = (rollingUpdate: Fields) =>
    problems('daemonsets.apps', { updateStrategy: { rollingUpdate } });

  it('may be as the tutorials have them, and get the defaults of Kubernetes', () => {
    assert.deepEqual(problems('daemonsets.apps'), []);
    const { spec: complete } = objectOf(sample('daemonsets.apps'));
    const { updateStrategy, revisionHistoryLimit } = complete as Fields;
    assert.deepEqual(
      { updateStrategy, revisionHistoryLimit },
      {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        revisionHistoryLimit: 10,
      },
    );
  });

  it('either surge or lack pods while they roll', () => {
    assert.deepEqual(rolling({ maxUnavailable: '10%', maxSurge: 1 }), [
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ]);
    assert.deepEqual(rolling({ maxUnavailable: 0 }), [
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ]);
    assert.deepEqual(rolling({ maxUnavailable: '101%' }), [
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ]);
    assert.deepEqual(rolling({ maxUnavailable: 0, maxSurge: '20%' }), []);
  });
});

describe('replication controllers', () => {
  it('select by the labels of their template unless they say otherwise', () => {
    const plain = { resource: 'replicationcontrollers', spec: { template } };
    assert.deepEqual(createProblems(plain), []);
    const complete = objectOf(plain);
    assert.deepEqual(complete.metadata.labels, { app: 'web' });
    const { replicas, selector } = complete.spec as Fields;
    assert.deepEqual({ replicas, selector }, { replicas: 1, selector: { app: 'web' } });
  });

  it('need a template that their selector selects', () => {
    const make = (rest: Fields) => createProblems({ resource: 'replicationcontrollers', spec: rest });
    assert.deepEqual(make({}), ['spec.selector: Required value', 'spec.template: Required value']);
    assert.deepEqual(make({ selector: { app: 'db' }, template }), [
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
  });
});

describe('disruption budgets', () => {
  const budget = (rest: Fields) => createProblems({ resource: 'poddisruptionbudgets.policy', spec: rest });

  it('say either how many must stay or how many may go', () => {
    const { selector } = spec;
    assert.deepEqual(budget({ minAvailable: '50%', selector }), []);
    assert.deepEqual(budget({ minAvailable: 1, maxUnavailable: 1 }), [
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ]);
    assert.deepEqual(budget({ maxUnavailable: '120%' }), [
      'spec.maxUnavailable: Invalid value: "120%": must not be greater than 100%',
    ]);
    assert.deepEqual(budget({ maxUnavailable: -1, unhealthyPodEvictionPolicy: 'Never' }), [
      'spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0',
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ]);
  });
});

describe('controller revisions and pod templates', () => {
  it('hold a state, or a template', () => {
    const revision = (rest: Fields) => createProblems({ resource: 'controllerrevisions.apps', ...rest });
    assert.deepEqual(revision({ revision: 1, data: { spec: {} } }), []);
    assert.deepEqual(revision({ revision: -1 }), [
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ]);
    assert.deepEqual(createProblems({ resource: 'podtemplates', template }), []);
    assert.deepEqual(createProblems({ resource: 'podtemplates' }), [
      'template.spec.containers: Required value',
    ]);
  });
});
