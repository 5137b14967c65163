import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '@reckon/api';
import { diffObjects, type Json } from './diff.ts';
import { historyText } from './history-text.ts';
import { revisionsOf } from './revisions.ts';

const lines = (before: Json | undefined, after: Json | undefined) =>
  diffObjects(before, after).map(({ op, path, before: old, after: now }) =>
    [op, path, ...(op === 'add' ? [now] : op === 'remove' ? [old] : [old, now])].map((part) =>
      typeof part === 'string' ? part : JSON.stringify(part),
    ),
  );

test('a difference names each field that changed, elements of lists by name', () => {
  const before = {
    metadata: {
      labels: { app: 'web' },
      resourceVersion: '1',
      generation: 1,
      managedFields: [{ manager: 'a' }],
    },
    spec: {
      replicas: 2,
      containers: [
        { name: 'app', image: 'app:v1', args: ['a'] },
        { name: 'proxy', image: 'p' },
      ],
    },
  };
  const after = {
    metadata: {
      labels: { app: 'web', 'tier.of/app': 'front' },
      resourceVersion: '2',
      generation: 2,
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
    spec: {
      replicas: 3,
      containers: [
        { name: 'sidecar', image: 's' },
        { name: 'app', image: 'app:v2', args: ['a', 'b'] },
      ],
    },
  };
  assert.deepEqual(lines(before, after), [
    ['add', 'metadata.labels["tier.of/app"]', 'front'],
    ['change', 'spec.replicas', '2', '3'],
    ['change', 'spec.containers[app].image', 'app:v1', 'app:v2'],
    ['change', 'spec.containers[app].args', '["a"]', '["a","b"]'],
    ['remove', 'spec.containers[proxy]', '{"name":"proxy","image":"p"}'],
    ['add', 'spec.containers[sidecar]', '{"name":"sidecar","image":"s"}'],
  ]);
});

test('what is the same has no difference, and what is new is told by its parts', () => {
  assert.deepEqual(lines({ spec: { a: [1, { b: 2 }] } }, { spec: { a: [1, { b: 2 }] } }), []);
  assert.deepEqual(lines(undefined, { kind: 'ConfigMap', data: { k: 'v' } }), [
    ['add', 'kind', 'ConfigMap'],
    ['add', 'data.k', 'v'],
  ]);
  assert.deepEqual(lines({ data: { k: 'v' } }, {}), [['remove', 'data.k', 'v']]);
  assert.deepEqual(lines({ a: null }, { a: 0 }), [['change', 'a', 'null', '0']]);
});

function record(rev: number, prevRev: number, object: object | undefined): LogRecord {
  return {
    rev,
    atMs: Date.UTC(2026, 0, 1) + rev,
    key: { resource: 'secrets', namespace: 'default', name: 'password' },
    uid: 'u',
    op: prevRev === 0 ? 'create' : 'update',
    body: object && Buffer.from(JSON.stringify(object)),
    prevRev,
    provenance: { actor: 'jane', requestId: 'r', cause: undefined, because: undefined },
    schemaVersion: 1,
  };
}

const secrets = [
  record(3, 0, { kind: 'Secret', data: { user: 'bWU=', gone: 'Z29uZQ==' } }),
  record(5, 3, { kind: 'Secret', data: { user: 'eW91', password: 'c2VjcmV0' }, stringData: { x: 'plain' } }),
];
const VALUES = /bWU=|eW91|c2VjcmV0|plain|Z29uZQ/;

test('of a secret the keys that changed are named and no value is shown, unless it is asked for', () => {
  const hidden = revisionsOf(secrets, { showSecrets: false });
  assert.doesNotMatch(JSON.stringify(hidden.map(({ changes }) => changes)), VALUES);
  for (const full of [true, false]) assert.doesNotMatch(historyText(hidden, { full }), VALUES);
  assert.deepEqual(
    hidden[1]?.changes?.map(({ op, path }) => [op, path]),
    [
      ['change', 'data.user'],
      ['remove', 'data.gone'],
      ['add', 'data.password'],
      ['add', 'stringData.x'],
    ],
  );
  const shown = revisionsOf(secrets, { showSecrets: true });
  assert.match(historyText(shown, { full: false }), /~ data.user: bWU= → eW91/);
});

test('a revision whose object or predecessor is not kept says so instead of guessing', () => {
  const [beaten, next] = revisionsOf([record(7, 5, undefined), record(8, 7, { data: {} })], {
    showSecrets: false,
  });
  assert.deepEqual([beaten?.changes, next?.changes], [undefined, undefined]);
  assert.match(historyText(beaten ? [beaten] : [], { full: false }), /not kept/);
});
