import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, objectOf, updateProblems } from './testing.ts';

type Fields = Record<string, unknown>;

describe('quotas', () => {
  const quota = (spec: Fields) => ({ resource: 'resourcequotas', spec });
  const problems = (spec: Fields) => createProblems(quota(spec));

  it('bound what can be bounded', () => {
    const hard = { pods: '10', 'requests.cpu': '4', 'count/deployments.apps': '3', 'limits.memory': '1Gi' };
    assert.deepEqual(problems({ hard }), []);
    assert.deepEqual(problems({ hard: { bananas: '1', pods: '-1', secrets: '500m' } }), [
      'spec.hard[bananas]: Invalid value: "bananas": must be a standard resource for quota',
      'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.hard[secrets]: Invalid value: "500m": must be an integer',
    ]);
  });

  it('count in scopes that there are', () => {
    assert.deepEqual(problems({ scopes: ['Sunny'] }), [
      'spec.scopes: Invalid value: ["Sunny"]: unsupported scope',
    ]);
    assert.deepEqual(problems({ scopes: ['BestEffort', 'NotBestEffort'] }), [
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ]);
    const expression = { scopeName: 'PriorityClass', operator: 'In' };
    assert.deepEqual(problems({ scopeSelector: { matchExpressions: [expression] } }), [
      "spec.scopeSelector.matchExpressions[0].values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ]);
    assert.deepEqual(updateProblems(quota({ scopes: ['BestEffort'] }), quota({})), [
      'spec.scopes: Invalid value: []: field is immutable',
    ]);
  });
});

describe('limit ranges', () => {
  const range = (item: Fields) => ({ resource: 'limitranges', spec: { limits: [item] } });
  const problems = (item: Fields) => createProblems(range(item));

  it('of containers have the defaults that follow from one another', () => {
    const { spec } = objectOf(range({ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }));
    assert.deepEqual(spec, {
      limits: [
        {
          type: 'Container',
          max: { cpu: '2' },
          min: { memory: '1Mi' },
          default: { cpu: '2' },
          defaultRequest: { cpu: '2', memory: '1Mi' },
        },
      ],
    });
  });

  it('are in order', () => {
    assert.deepEqual(problems({ type: 'Pod', max: { cpu: '1' }, min: { cpu: '2' } }), [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ]);
    assert.deepEqual(problems({ type: 'Pod', default: { cpu: '1' } }), [
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ]);
    assert.deepEqual(problems({ type: 'Bananas' }), [
      'spec.limits[0].type: Invalid value: "Bananas": must be a standard limit type or fully qualified',
    ]);
    assert.deepEqual(problems({ type: 'PersistentVolumeClaim' }), [
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ]);
    const named = JSON.parse('{"__proto__": "1", "toString": "2"}');
    const told = problems({ type: 'Pod', default: undefined, max: named, min: {}, maxLimitRequestRatio: {} });
    assert.ok(
      told.length > 0 && told.every((one) => /Invalid value: "(__proto__|toString)"/.test(one)),
      `${told}`,
    );
    assert.deepEqual(problems({ type: 'Pod', maxLimitRequestRatio: { cpu: '500m' } }), [
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
    ]);
  });
});

describe('priority classes', () => {
  const priority = (name: string, value: number, rest: Fields = {}) => ({
    resource: 'priorityclasses.scheduling.k8s.io',
    metadata: { name },
    value,
    ...rest,
  });

  it('leave the highest values and the names to the system', () => {
    assert.deepEqual(createProblems(priority('high', 1_000_000_000)), []);
    assert.deepEqual(createProblems(priority('system-node-critical', 2_000_001_000)), []);
    assert.deepEqual(createProblems(priority('high', 1_000_000_001)), [
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ]);
    assert.deepEqual(createProblems(priority('system-mine', 1)), [
      `metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class`,
    ]);
  });

  it('stay as high as they are', () => {
    assert.deepEqual(updateProblems(priority('high', 1), priority('high', 2)), [
      'value: Forbidden: may not be changed in an update.',
    ]);
  });
});

describe('runtime classes', () => {
  it('name their handler', () => {
    const runtime = (rest: Fields) => createProblems({ resource: 'runtimeclasses.node.k8s.io', ...rest });
    assert.deepEqual(runtime({ handler: 'runsc' }), []);
    assert.deepEqual(runtime({}), ['handler: Required value']);
    const [problem = ''] = runtime({ handler: 'Run_SC' });
    assert.match(problem, /^handler: Invalid value: "Run_SC": a lowercase RFC 1123 label must consist of/);
  });
});
