import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, updateProblems } from './testing.ts';

describe('deployments and replica sets', () => {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  const spec = { selector: { matchLabels: { app: 'web' } }, template };
  const deployment = (rest: Record<string, unknown>) =>
    createProblems({ resource: 'deployments.apps', spec: { ...spec, ...rest } });

  it('may be as the tutorials have them', () => {
    assert.deepEqual(deployment({ replicas: 3 }), []);
    assert.deepEqual(createProblems({ resource: 'replicasets.apps', spec }), []);
  });

  it('need a selector that selects their pods', () => {
    assert.deepEqual(deployment({ selector: undefined }), ['spec.selector: Required value']);
    assert.deepEqual(deployment({ selector: {} }), [
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ]);
    const mismatch =
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`';
    assert.deepEqual(deployment({ selector: { matchLabels: { app: 'db' } } }), [mismatch]);
    assert.deepEqual(
      createProblems({
        resource: 'replicasets.apps',
        spec: { ...spec, selector: { matchLabels: { a: 'b' } } },
      }),
      [mismatch],
    );
    assert.deepEqual(deployment({ selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } }), [
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"In"}]}: invalid label selector',
    ]);
  });

  it('need pods that always run', () => {
    const odd = { ...template, spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 5 } };
    assert.deepEqual(deployment({ template: odd }), [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ]);
  });

  it('tell of their template with its path', () => {
    const broken = { metadata: { labels: { app: 'web', '-': 'x' } }, spec: { containers: [{ name: 'c' }] } };
    const [label, image] = deployment({ template: broken });
    assert.match(label ?? '', /^spec\.template\.labels: Invalid value: "-": name part/);
    assert.equal(image, 'spec.template.spec.containers[0].image: Required value');
  });

  it('need a strategy that can go on', () => {
    assert.deepEqual(
      deployment({
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } },
      }),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    );
    assert.deepEqual(
      deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '101%' } } }),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    );
    assert.deepEqual(deployment({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }), [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ]);
    assert.deepEqual(deployment({ minReadySeconds: 10, progressDeadlineSeconds: 10 }), [
      'spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds',
    ]);
  });

  it('need a status that adds up', () => {
    const status = (next: Record<string, unknown>) =>
      updateProblems(
        { resource: 'deployments.apps', spec, status: { collisionCount: 2 } },
        { resource: 'deployments.apps', spec, status: { collisionCount: 2, ...next } },
        'status',
      );
    assert.deepEqual(status({ replicas: 2, readyReplicas: 2, availableReplicas: 1 }), []);
    assert.deepEqual(status({ replicas: 1, readyReplicas: 2, availableReplicas: -1, collisionCount: 1 }), [
      'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });
});
