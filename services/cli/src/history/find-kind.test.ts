import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError } from '../errors.ts';
import { keyFrom, servedKinds } from './find-kind.ts';

const documents: { readonly [path: string]: unknown } = {
  '/apis': { groups: [{ preferredVersion: { groupVersion: 'apps/v1' } }] },
  '/api/v1': {
    groupVersion: 'v1',
    resources: [
      { name: 'pods', kind: 'Pod', namespaced: true, singularName: 'pod', shortNames: ['po'] },
      { name: 'pods/log', kind: 'Pod', namespaced: true },
      { name: 'nodes', kind: 'Node', namespaced: false, singularName: 'node', shortNames: ['no'] },
    ],
  },
  '/apis/apps/v1': {
    groupVersion: 'apps/v1',
    resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, shortNames: ['deploy'] }],
  },
};
const discovery = { get: async <T>(path: string) => documents[path] as T };

test('KIND/NAME is understood as kubectl takes it', async () => {
  const kinds = await servedKinds(discovery);
  const found = (text: string, namespace?: string) => {
    const key = keyFrom(kinds, { text, namespace });
    return `${key.resource} ${key.namespace} ${key.name}`;
  };
  for (const text of ['po/a', 'pod/a', 'pods/a', 'Pod/a']) assert.equal(found(text), 'pods default a');
  for (const text of ['deploy/web', 'deployment/web', 'deployments.apps/web', 'deployment.v1.apps/web'])
    assert.equal(found(text, 'shop'), 'deployments.apps shop web');
  assert.equal(found('no/n1', 'shop'), 'nodes  n1');
});

test('what names no kind or no object is refused with what to do', async () => {
  const kinds = await servedKinds(discovery);
  for (const [text, message] of [
    ['web', /names no object/],
    ['pods/', /names no object/],
    ['pods/a/b', /names no object/],
    ['gizmo/a', /no kind "gizmo"/],
    ['pods.apps/a', /no kind/],
  ] as const)
    assert.throws(
      () => keyFrom(kinds, { text }),
      (error) => error instanceof CliError && message.test(error.message) && error.hint !== undefined,
    );
});
