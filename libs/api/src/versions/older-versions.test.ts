import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSchema } from '../schema/load.ts';
import type { ResourceSchema } from '../schema/types.ts';
import { conversionOf } from './index.ts';
import type { Conversion } from './types.ts';

const schema = loadSchema();

function conversion(group: string, version: string, resource: string): Conversion {
  const found = schema.resource(group, version, resource);
  const how = found && conversionOf(found);
  assert.ok(how, `${group}/${version} ${resource}`);
  return how;
}

test('a kind is kept in its newest stable version, whatever others it is served in', () => {
  for (const resource of schema.resources)
    assert.equal(schema.byGroupResource(resource.groupResource)?.keptAs, undefined, resource.groupResource);
  assert.equal(schema.byGroupResource('horizontalpodautoscalers.autoscaling')?.version, 'v2');
});

test('an older version of the same shape has the kind and its list, and what they hold is shared', () => {
  const older = schema.resources.filter(({ keptAs }) => keptAs !== undefined);
  assert.ok(older.length >= 20);
  for (const { group, version, kind, listKind, message, keptAs } of older) {
    const one = schema.kindMessage(group, version, kind);
    assert.equal(one?.name, message);
    const kept = schema.kindMessage(group, keptAs ?? '', kind);
    assert.deepEqual(one?.fields, kept?.fields);
    assert.notEqual(one?.openapiName, kept?.openapiName);
    const items = schema.kindMessage(group, version, listKind)?.byName.get('items');
    assert.deepEqual(items?.type, { message });
  }
});

test('an older version there and back is what it was', () => {
  const kinds: readonly ResourceSchema[] = schema.resources.filter(({ keptAs }) => keptAs !== undefined);
  for (const { group, version, resource, kind } of kinds) {
    const how = conversion(group, version, resource);
    const object = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'x' }, spec: { some: 1 } };
    assert.notEqual(how.toStored(object).apiVersion, object.apiVersion);
    assert.deepEqual(how.fromStored(how.toStored(object)), object);
  }
});

const NONE_IN_V1 = {
  matchExpressions: [
    { key: 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match', operator: 'Exists' },
  ],
};
const ALL_IN_V1BETA1 = {
  matchExpressions: [
    { key: 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match', operator: 'DoesNotExist' },
  ],
};

for (const [sentence, older, newer] of [
  ['that selects nothing because it is empty', {}, NONE_IN_V1],
  ['that selects everything', ALL_IN_V1BETA1, {}],
  ['that selects some', { matchLabels: { app: 'web' } }, { matchLabels: { app: 'web' } }],
] as const)
  test(`a budget of v1beta1 with a selector ${sentence} means the same in v1`, () => {
    const how = conversion('policy', 'v1beta1', 'poddisruptionbudgets');
    const budget = (apiVersion: string, selector: object) => ({
      apiVersion,
      kind: 'PodDisruptionBudget',
      metadata: { name: 'x' },
      spec: { minAvailable: 1, selector },
    });
    const stored = how.toStored(budget('policy/v1beta1', older));
    assert.deepEqual(stored, budget('policy/v1', newer));
    assert.deepEqual(how.fromStored(stored), budget('policy/v1beta1', older));
  });
