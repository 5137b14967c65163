import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, SERVICES } from '@reckon/client';
import type { Kinds } from '../api/kinds.ts';
import { placeText, readDocuments } from './documents.ts';
import { resolve } from './resolve.ts';

const TYPES = [CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, SERVICES];
const kinds: Kinds = {
  ofKind: async (apiVersion, kind) =>
    TYPES.find(
      (type) => type.kind === kind && apiVersion === (type.group ? `${type.group}/${type.version}` : 'v1'),
    ),
  writable: async () => TYPES,
};

function configMap(name: string, namespace?: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(namespace && { namespace }) } };
}

test('documents, Lists in them and JSON are found with the place of each', () => {
  const text = [
    '# only a comment',
    '---',
    'kind: ConfigMap',
    'metadata: {name: a}',
    '--- # the second',
    'kind: List',
    'items:',
    '- {kind: ConfigMap, metadata: {name: b}}',
    '- {kind: ConfigMap, metadata: {name: c}}',
    '---',
    '{"kind": "ConfigMap", "metadata": {"name": "d"}}',
    '---',
    '',
  ].join('\n');
  const { objects, problems } = readDocuments({ file: 'all.yaml', text });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    objects.map(({ place, value }) => [placeText(place), (value.metadata as { name: string }).name]),
    [
      ['all.yaml, document 1 (line 2)', 'a'],
      ['all.yaml, document 2 (line 5), item 0', 'b'],
      ['all.yaml, document 2 (line 5), item 1', 'c'],
      ['all.yaml, document 3 (line 10)', 'd'],
    ],
  );
});

test('what cannot be read is told of every document, and the others are read', () => {
  const text = 'kind: [\n---\njust words\n---\nkind: A\nkind: B\n---\nkind: ConfigMap\n';
  const { objects, problems } = readDocuments({ file: '-', text });
  assert.equal(objects.length, 2);
  assert.deepEqual(
    problems.map(({ place }) => placeText(place)),
    [
      'standard input, document 1 (line 1)',
      'standard input, document 2 (line 2)',
      'standard input, document 3 (line 4)',
    ],
  );
  assert.match(problems[2]?.message ?? '', /key "kind" already set in map/);
});

test('objects are written after what they stand on, whatever the order in the files', async () => {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'n' } };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
  const values = [deployment, configMap('b', 'n'), configMap('a', 'n'), namespace];
  const found = values.map((value, i) => ({ place: { file: 'x.yaml', document: i + 1, line: i }, value }));
  const { wanted, problems } = await resolve(found, { kinds, namespace: undefined });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    wanted.map(({ resource, name }) => `${resource.resource}/${name}`),
    ['namespaces/n', 'configmaps/b', 'configmaps/a', 'deployments/web'],
  );
});

test('an object without a namespace goes where -n says; one that says something else is refused, with the rest that is wrong', async () => {
  const values: readonly Readonly<Record<string, unknown>>[] = [
    configMap('a'),
    configMap('b', 'other'),
    configMap('a', 'here'),
    { apiVersion: 'v1', kind: 'Gadget', metadata: { name: 'x' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'x-' } },
    { kind: 'ConfigMap' },
  ];
  const found = values.map((value, i) => ({ place: { file: 'x.yaml', document: i + 1, line: i }, value }));
  const { wanted, problems } = await resolve(found, { kinds, namespace: 'here' });
  assert.deepEqual(
    wanted.map(({ namespace, name, object }) => [namespace, name, object.metadata]),
    [['here', 'a', { name: 'a', namespace: 'here' }]],
  );
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      'metadata.namespace is other, but -n says here',
      'it is there twice: also in x.yaml, document 1 (line 0)',
      'the cluster has no Gadget in v1',
      'metadata.name is not set: apply needs a name',
      'apiVersion is not set',
    ],
  );
});
