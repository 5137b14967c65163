import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, objectOf } from '../testing.ts';

type Fields = Record<string, unknown>;

describe('autoscalers', () => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const sample = (spec: Fields) => ({
    resource: 'horizontalpodautoscalers.autoscaling',
    spec: { scaleTargetRef, maxReplicas: 5, ...spec },
  });
  const problems = (spec: Fields) => createProblems(sample(spec));
  const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } };

  it('aim at the CPU unless they are told otherwise', () => {
    const { spec } = objectOf(sample({ behavior: { scaleDown: { selectPolicy: 'Min' } } }));
    const { minReplicas, metrics, behavior } = spec as Fields;
    assert.equal(minReplicas, 1);
    assert.deepEqual(metrics, [
      { type: 'Resource', resource: { ...cpu, target: { type: 'Utilization', averageUtilization: 80 } } },
    ]);
    assert.deepEqual((behavior as Fields).scaleDown, {
      selectPolicy: 'Min',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    });
    assert.deepEqual(problems({}), []);
  });

  it('scale something between a least and a greatest number', () => {
    assert.deepEqual(problems({ minReplicas: 0, maxReplicas: 0, scaleTargetRef: {} }), [
      'spec.scaleTargetRef.kind: Required value',
      'spec.scaleTargetRef.name: Required value',
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.maxReplicas: Invalid value: 0: must be greater than 0',
    ]);
    assert.deepEqual(problems({ minReplicas: 9 }), [
      'spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`',
    ]);
  });

  it('measure one thing a metric, with a target', () => {
    assert.deepEqual(problems({ metrics: [{ type: 'Resource' }] }), [
      'spec.metrics[0].resource: Required value: must populate information for the given metric source',
    ]);
    const pods = { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '10' } };
    assert.deepEqual(problems({ metrics: [{ type: 'Resource', resource: cpu, pods }] }), [
      'spec.metrics[0].pods: Forbidden: must populate the given metric source only',
    ]);
    const bare = { name: 'cpu', target: { type: 'Utilization' } };
    assert.deepEqual(problems({ metrics: [{ type: 'Resource', resource: bare }] }), [
      'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ]);
  });

  it('change at a bounded speed', () => {
    const policies = [{ type: 'Pods', value: 0, periodSeconds: 1_801 }];
    assert.deepEqual(problems({ behavior: { scaleUp: { stabilizationWindowSeconds: 3_601, policies } } }), [
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ]);
  });
});
