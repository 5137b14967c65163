import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quotaCovers } from './scopes.ts';

type Fields = Readonly<Record<string, unknown>>;

const container = (resources: Fields = {}) => ({ name: 'c', image: 'i', resources });
const asks = { requests: { cpu: '1' } };
const PODS: { readonly [name: string]: Fields } = {
  'asks for nothing': { containers: [container()] },
  'asks for a processor': { containers: [container(asks)] },
  'asks for a device': { containers: [container({ limits: { 'example.com/gpu': '1' } })] },
  'asks as it starts': { initContainers: [container(asks)], containers: [container()] },
  'has a deadline': { activeDeadlineSeconds: 60, containers: [container()] },
  'is important': { priorityClassName: 'high', containers: [container()] },
  'keeps to pods of other namespaces': {
    containers: [container()],
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', namespaces: ['other'] }],
      },
    },
  },
};

const priority = (operator: string, ...values: readonly string[]) => ({
  scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
});

describe('a quota counts', () => {
  const all = Object.keys(PODS);
  const but = (...names: readonly string[]) => all.filter((name) => !names.includes(name));
  const best = ['asks for nothing', 'asks for a device', 'has a deadline', 'is important'];
  const cases: readonly (readonly [string, Fields, readonly string[]])[] = [
    ['without scopes every pod', {}, all],
    ['as BestEffort', { scopes: ['BestEffort'] }, [...best, 'keeps to pods of other namespaces']],
    ['as NotBestEffort', { scopes: ['NotBestEffort'] }, ['asks for a processor', 'asks as it starts']],
    ['as Terminating', { scopes: ['Terminating'] }, ['has a deadline']],
    ['as NotTerminating', { scopes: ['NotTerminating'] }, but('has a deadline')],
    ['as BestEffort and Terminating', { scopes: ['BestEffort', 'Terminating'] }, ['has a deadline']],
    ['with any priority class', { scopes: ['PriorityClass'] }, ['is important']],
    ['with this priority class', priority('In', 'high', 'higher'), ['is important']],
    ['with another one', priority('In', 'low'), []],
    ['with none of these', priority('NotIn', 'high'), but('is important')],
    ['with one', priority('Exists'), ['is important']],
    ['with none', priority('DoesNotExist'), but('is important')],
    [
      'with affinity beyond its namespace',
      { scopes: ['CrossNamespacePodAffinity'] },
      ['keeps to pods of other namespaces'],
    ],
    ['with a scope that nobody knows', { scopes: ['Unheard'] }, []],
  ];
  for (const [sentence, quota, covered] of cases)
    it(sentence, () => {
      const pods = all.filter((name) => {
        const metadata = { name: 'p', namespace: 'default' };
        return quotaCovers(quota, 'pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec: PODS[name] });
      });
      assert.deepEqual(pods.toSorted(), [...covered].sort());
    });

  it('nothing but pods once it has scopes', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: {} };
    assert.equal(quotaCovers({}, 'services', service), true);
    assert.equal(quotaCovers({ scopes: ['NotTerminating'] }, 'services', service), false);
  });
});
