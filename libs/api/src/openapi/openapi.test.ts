import assert from 'node:assert/strict';
import test from 'node:test';
import * as pb from '@reckon/proto/openapi/v2/document.ts';
import { isArray, isObject } from '../json/types.ts';
import { loadSchema } from '../schema/load.ts';
import { openapiV2, openapiV2Protobuf, openapiV3, openapiV3Paths } from './index.ts';

const schema = loadSchema();
const v2 = openapiV2(schema);
const v3 = new Map(openapiV3Paths(schema).map((path) => [path, openapiV3(schema, path)]));

/** The value at a path of field names. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let part = value;
  for (const name of path) part = isObject(part) ? part[name] : undefined;
  return part;
}

function collect(value: unknown, name: string, found: unknown[] = []): readonly unknown[] {
  if (isArray(value)) for (const item of value) collect(item, name, found);
  else if (isObject(value)) {
    for (const [key, part] of Object.entries(value)) {
      if (key === name && typeof part === 'string') found.push(part);
      else collect(part, name, found);
    }
  }
  return found;
}

function parameterNames(operation: unknown): readonly unknown[] {
  const parameters = at(operation, 'parameters');
  return isArray(parameters) ? parameters.map((parameter) => at(parameter, 'name')) : [];
}

const PODS = '/api/v1/namespaces/{namespace}/pods';

test('every reference leads somewhere, in every document', () => {
  for (const ref of collect(v2, '$ref')) {
    const name = String(ref).replace('#/definitions/', '');
    assert.ok(at(v2, 'definitions', name), String(ref));
  }
  for (const document of v3.values()) {
    for (const ref of collect(document, '$ref')) {
      const name = String(ref).replace('#/components/schemas/', '');
      assert.ok(at(document, 'components', 'schemas', name), String(ref));
    }
  }
});

test('operations have names of their own', () => {
  const ids = collect(v2, 'operationId');
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.includes('listCoreV1NamespacedPod'));
  assert.ok(ids.includes('listCoreV1PodForAllNamespaces'));
  assert.ok(ids.includes('readCoreV1NamespacedPodLog'));
  assert.ok(ids.includes('patchAppsV1NamespacedDeploymentScale'));
  assert.ok(ids.includes('connectCoreV1GetNamespacedPodExec'));
  assert.ok(ids.includes('createCoreV1NamespacedPodEviction'));
  assert.ok(ids.includes('deleteDiscoveryV1CollectionNamespacedEndpointSlice'));
});

test('kubectl finds on a patch that dry runs and field validation are supported', () => {
  for (const document of [v2, v3.get('api/v1')]) {
    const patch = at(document, 'paths', `${PODS}/{name}`, 'patch');
    const names = parameterNames(patch);
    for (const name of ['dryRun', 'fieldManager', 'fieldValidation', 'force'])
      assert.ok(names.includes(name), name);
    assert.deepEqual(at(patch, 'x-kubernetes-group-version-kind'), { group: '', version: 'v1', kind: 'Pod' });
    assert.equal(at(patch, 'x-kubernetes-action'), 'patch');
  }
});

test('kubectl finds how lists are merged', () => {
  const containers = at(v2, 'definitions', 'io.k8s.api.core.v1.PodSpec', 'properties', 'containers');
  assert.equal(at(containers, 'x-kubernetes-patch-strategy'), 'merge');
  assert.equal(at(containers, 'x-kubernetes-patch-merge-key'), 'name');
  assert.equal(at(containers, 'x-kubernetes-list-type'), 'map');
  assert.deepEqual(at(containers, 'x-kubernetes-list-map-keys'), ['name']);
  const strategy = at(v2, 'definitions', 'io.k8s.api.apps.v1.DeploymentSpec', 'properties', 'strategy');
  assert.equal(at(strategy, 'x-kubernetes-patch-strategy'), 'retainKeys');
  assert.equal(
    at(v2, 'definitions', 'io.k8s.api.core.v1.LocalObjectReference', 'x-kubernetes-map-type'),
    'atomic',
  );
});

test('a kind is found by its group, version and kind', () => {
  const deployment = at(v3.get('apis/apps/v1'), 'components', 'schemas', 'io.k8s.api.apps.v1.Deployment');
  assert.deepEqual(at(deployment, 'x-kubernetes-group-version-kind'), [
    { group: 'apps', version: 'v1', kind: 'Deployment' },
  ]);
});

test('scalars with a form of their own are definitions of their own', () => {
  const port = at(
    v3.get('api/v1'),
    'components',
    'schemas',
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  );
  assert.deepEqual(at(port, 'oneOf'), [{ type: 'integer' }, { type: 'string' }]);
  const limits = at(v2, 'definitions', 'io.k8s.api.core.v1.ResourceRequirements', 'properties', 'limits');
  assert.deepEqual(at(limits, 'additionalProperties'), {
    $ref: '#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity',
  });
  const data = at(
    v2,
    'definitions',
    'io.k8s.api.core.v1.Secret',
    'properties',
    'data',
    'additionalProperties',
  );
  assert.deepEqual(data, { type: 'string', format: 'byte' });
});

test('what is not served is not promised', () => {
  assert.deepEqual(openapiV3(schema, 'apis/example.com/v1'), undefined);
  assert.equal(at(v2, 'paths', `${PODS}/{name}/resize`), undefined);
});

test('the protobuf form says the same as the JSON', () => {
  const document = pb.Document.decode(openapiV2Protobuf(schema));
  const paths = document.paths?.path ?? [];
  assert.deepEqual(paths.map(({ name }) => name).sort(), Object.keys(at(v2, 'paths') as object).sort());
  const patch = paths.find(({ name }) => name === `${PODS}/{name}`)?.value?.patch;
  assert.equal(patch?.operationId, 'patchCoreV1NamespacedPod');
  assert.ok(
    patch?.parameters?.some(
      (item) => item.parameter?.nonBodyParameter?.queryParameterSubSchema?.name === 'dryRun',
    ),
  );
  assert.deepEqual(
    patch?.vendorExtension?.map(({ name, value }) => [name, value?.yaml]),
    [
      ['x-kubernetes-action', 'patch\n'],
      ['x-kubernetes-group-version-kind', '{"group":"","version":"v1","kind":"Pod"}\n'],
    ],
  );
  const definitions = document.definitions?.additionalProperties ?? [];
  assert.equal(definitions.length, Object.keys(at(v2, 'definitions') as object).length);
  const spec = definitions.find(({ name }) => name === 'io.k8s.api.core.v1.PodSpec')?.value;
  assert.deepEqual(spec?.required, ['containers']);
});
