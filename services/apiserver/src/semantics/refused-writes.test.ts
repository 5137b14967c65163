/** What is wrong with a write, a delete or what is posted to an object is told, and nothing is changed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RawCall } from '../testing/raw-client.ts';
import {
  configMap,
  DEPLOYMENTS,
  deployment,
  JSON_BODY,
  MAPS,
  patchOf,
  read,
  SemanticsWorld,
} from '../testing/semantics-world.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const POD = `${NAMESPACE}/pods/p`;

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
  await here.create(DEPLOYMENTS, deployment('d'));
  await here.create(`${NAMESPACE}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i:1' }] },
  });
});
after(() => here.stop());

function sent(method: string, body: object): RawCall {
  return { method, headers: JSON_BODY, body: JSON.stringify(body) };
}

const removed: RawCall = { method: 'DELETE' };
const merged = (body: object) => patchOf('merge-patch+json', JSON.stringify(body));
const applied = (body: object) => patchOf('apply-patch+yaml', JSON.stringify(body));

type Row = readonly [what: string, path: string, call: RawCall, status: number, says: string];

const MAP = `${MAPS}/a`;
const TOKEN = `${NAMESPACE}/serviceaccounts/default/token`;

const DELETES: readonly Row[] = [
  ['an empty policy', `${MAP}?propagationPolicy=`, removed, 422, 'Unsupported value: ""'],
  ['an empty grace', `${MAP}?gracePeriodSeconds=`, removed, 400, 'parsing "": invalid syntax'],
  ['an empty dry run', `${MAP}?dryRun=`, removed, 422, 'Unsupported value: []string{""}'],
  ['a version in the query', `${MAP}?resourceVersion=1`, removed, 409, 'the ResourceVersion in the precond'],
  ['a uid in the query', `${MAP}?uid=x`, removed, 409, 'the UID in the precondition (x) does not match'],
  ['a dry run that is no list', MAP, sent('DELETE', { dryRun: 'All' }), 400, 'DeleteOptions.dryRun'],
  ['a grace that is no number', MAP, sent('DELETE', { gracePeriodSeconds: 'x' }), 400, 'gracePeriodSeconds'],
  ['a policy that is no text', MAP, sent('DELETE', { propagationPolicy: 1 }), 400, 'propagationPolicy'],
  ['orphans that are no flag', MAP, sent('DELETE', { orphanDependents: 'x' }), 400, 'orphanDependents'],
  ['preconditions that are none', MAP, sent('DELETE', { preconditions: 'x' }), 400, 'preconditions'],
  ['a uid that is no text', MAP, sent('DELETE', { preconditions: { uid: 5 } }), 400, 'DeleteOptions.uid'],
  ['an empty policy of a collection', `${MAPS}?propagationPolicy=`, removed, 422, 'Unsupported value: ""'],
  ['an empty limit of a collection', `${MAPS}?limit=`, removed, 400, 'parsing "": invalid syntax'],
];

const WRITES: readonly Row[] = [
  [
    'a patch of the uid',
    MAP,
    merged({ metadata: { uid: 'x' } }),
    422,
    'metadata.uid: Invalid value: "x": fi',
  ],
  [
    'an apply of another uid',
    `${MAP}?fieldManager=x`,
    applied({ ...configMap('a'), metadata: { name: 'a', uid: 'x' } }),
    422,
    'metadata.uid: Invalid value: "x": field is immutable',
  ],
  [
    'an update of another uid',
    MAP,
    sent('PUT', { metadata: { name: 'a', uid: 'x' } }),
    409,
    'UID in precond',
  ],
  [
    'a patch that would end it',
    MAP,
    merged({ metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
    422,
    'metadata.deletionTimestamp: Invalid value: "2020-01-01T00:00:00Z": field is immutable',
  ],
  [
    'a patch of the namespace',
    MAP,
    merged({ metadata: { namespace: 'other' } }),
    400,
    'the namespace of the object (other) does not match the namespace on the request (default)',
  ],
  [
    'a finalizer of nobody',
    MAP,
    merged({ metadata: { finalizers: ['hold'] } }),
    422,
    'metadata.finalizers[0]: Invalid value: "hold": name is neither a standard finalizer name nor is it fully',
  ],
  [
    'an apply of a field that nobody knows',
    `${MAP}?fieldManager=x&fieldValidation=Ignore`,
    applied({ ...configMap('a'), nonsense: 1 }),
    400,
    'failed to create typed patch object (default/a; /v1, Kind=ConfigMap): .nonsense: field not declared in',
  ],
  [
    'a manager that cannot be printed',
    `${MAP}?fieldManager=a%01b`,
    applied(configMap('a')),
    422,
    'fieldManager: Invalid value: "a\\x01b": invalid character U+0001 (at position 1)',
  ],
  [
    'a merge patch that is a list',
    MAP,
    patchOf('merge-patch+json', '[]'),
    400,
    'cannot unmarshal array into Go',
  ],
  [
    'a body that breaks off',
    MAPS,
    { method: 'POST', headers: JSON_BODY, body: '{"metadata":' },
    400,
    'unexpected end of JSON input ({"metadata":)',
  ],
  ['no body', MAPS, { method: 'POST', headers: JSON_BODY, body: '' }, 400, 'end of JSON input (<empty>)'],
  [
    'a negative scale',
    `${DEPLOYMENTS}/d/scale`,
    merged({ spec: { replicas: -1 } }),
    422,
    'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ],
];

const POSTS: readonly Row[] = [
  [
    'an eviction without name',
    `${POD}/eviction`,
    sent('POST', {}),
    400,
    'name in URL does not match name in Eviction object',
  ],
  [
    'a binding of another pod',
    `${POD}/binding`,
    sent('POST', { metadata: { name: 'q' }, target: { name: 'n' } }),
    400,
    'name in URL does not match name in Binding object',
  ],
  [
    'a token of another account',
    TOKEN,
    sent('POST', { metadata: { name: 'other' } }),
    422,
    'metadata.name: Invalid value: "other": must match the service account name if specified',
  ],
  [
    'a token bound to nothing',
    TOKEN,
    sent('POST', { spec: { boundObjectRef: {} } }),
    400,
    'cannot bind token to object of type /, Kind=',
  ],
  [
    'a token bound to what does not end',
    TOKEN,
    sent('POST', { spec: { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'a' } } }),
    400,
    'cannot bind token to object of type /v1, Kind=ConfigMap',
  ],
  ['an exec that is put', `${POD}/exec?command=ls&stdout=1`, { method: 'PUT' }, 405, 'does not allow this'],
  ['a port-forward that is deleted', `${POD}/portforward`, removed, 405, 'does not allow this method'],
];

const READS: readonly Row[] = [
  [
    'a negative tail',
    `${POD}/log?tailLines=-1`,
    {},
    422,
    'tailLines: Invalid value: -1: must be greater than',
  ],
  [
    'no seconds',
    `${POD}/log?sinceSeconds=0`,
    {},
    422,
    'sinceSeconds: Invalid value: 0: must be greater than 0',
  ],
  ['no bytes', `${POD}/log?limitBytes=0`, {}, 422, 'limitBytes: Invalid value: 0: must be greater than 0'],
  ['no time', `${POD}/log?sinceTime=x`, {}, 400, 'parsing time "x" as "2006-01-02T15:04:05Z07:00"'],
  [
    'a log since two times',
    `${POD}/log?sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z`,
    {},
    422,
    'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
  ],
  ['a name that is a path', `${MAPS}/..`, {}, 400, 'Name parameter invalid: "..": may not be \'..\''],
  [
    'a name in several parts',
    `${MAPS}/a%2Fb`,
    {},
    400,
    'Name parameter invalid: "a/b": may not contain \'/\'',
  ],
  ['a limit that is empty', `${MAPS}?limit=`, {}, 400, 'parsing "": invalid syntax'],
  ['a limit beyond numbers', `${MAPS}?limit=99999999999999999999`, {}, 400, 'value out of range'],
  ['a timeout that is none', `${MAPS}?timeoutSeconds=x`, {}, 400, 'parsing "x": invalid syntax'],
];

describe('who asks for what cannot be is told, and nothing is changed', () => {
  for (const [what, path, call, status, says] of [...DELETES, ...WRITES, ...POSTS, ...READS])
    test(`${call.method ?? 'GET'} with ${what}`, async () => {
      const before = await here.get(MAPS);
      const answer = await here.client.call(path, call);
      assert.equal(answer.status, status, answer.text);
      const { message = '' } = read(answer);
      assert.ok(message.includes(says), message);
      assert.deepEqual(await here.get(MAPS), before);
    });

  test('in YAML, where that is what one reads', async () => {
    const answer = await here.client.call(`${MAPS}/none`, { headers: { accept: 'application/yaml' } });
    assert.equal(answer.headers['content-type'], 'application/yaml');
    assert.match(answer.text, /^kind: Status$/m);
  });

  test('a pod that no node has yet has no log', async () => {
    const answer = await here.client.call(`${POD}/log`);
    assert.deepEqual([answer.status, answer.text], [204, '']);
  });
});
