import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject as ApiObject, loadSchema, trackUpdate } from '@reckon/api';
import { encodeBody } from './encode.ts';
import type { KubeObject } from './types.ts';

const schema = loadSchema();
const resource = schema.byGroupResource('configmaps');
assert.ok(resource);

function tracked(updated: ApiObject): KubeObject {
  return trackUpdate({
    schema,
    resource: resource ?? assert.fail(),
    live: undefined,
    updated,
    manager: 'kubectl "create" — é',
    nowRfc3339: '2026-01-01T00:00:00Z',
    subresource: '',
  });
}

const map = { apiVersion: 'v1', kind: 'ConfigMap' };
const made = tracked({
  ...map,
  metadata: { name: 'a', labels: { app: 'é' } },
  data: { 'key "1"': 'x\u2028' },
});
const foreign = { manager: 'm', operation: 'Apply', fieldsV1: { 'f:data': {} }, subresource: 'status' };

const OBJECTS: readonly (readonly [string, KubeObject])[] = [
  ['what a creator owns', made],
  [
    'the same fields of another object',
    tracked({ ...map, metadata: { name: 'b', labels: { app: 'b' } }, data: { 'key "1"': '' } }),
  ],
  ['no managed fields', { ...map, metadata: { name: 'a' }, data: {} }],
  ['no managed fields left', { ...map, metadata: { name: 'a', managedFields: [] } }],
  ['nothing but managed fields', { ...map, metadata: { managedFields: made.metadata.managedFields ?? [] } }],
  [
    'managers of both kinds',
    { ...map, metadata: { managedFields: [foreign, ...(made.metadata.managedFields ?? []), {}] } },
  ],
  ['no metadata, and no field beside', { ...map, metadata: {} }],
];

for (const [what, object] of OBJECTS) {
  test(`the bytes of an object with ${what} say all that it says, metadata third`, () => {
    const text = encodeBody({ ...object, metadata: { resourceVersion: '7', ...object.metadata } }).toString();
    assert.deepEqual(JSON.parse(text), object);
    assert.match(text, /^\{"apiVersion":"v1","kind":"ConfigMap","metadata":\{/);
  });
}
