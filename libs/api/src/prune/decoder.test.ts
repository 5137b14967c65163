import assert from 'node:assert/strict';
import test from 'node:test';
import { deepFreeze } from '../json/freeze.ts';
import { loadSchema } from '../schema/load.ts';
import { cannotBeHandled, createDecoder, validateFields } from './index.ts';

const decode = createDecoder(loadSchema());
const POD = 'reckon.api.core.v1.Pod';
const DEPLOYMENT = 'reckon.api.apps.v1.Deployment';

function pod(container: object): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [container] } };
}

function refuses(message: string, value: unknown, error: string | RegExp): void {
  assert.throws(() => decode(message, value), { name: 'ApiError', reason: 'BadRequest', message: error });
}

test('a value in canonical form is returned itself', () => {
  const value = deepFreeze(pod({ name: 'c', image: 'i', resources: { limits: { cpu: '500m' } } }));
  const decoded = decode(POD, value);
  assert.equal(decoded.value, value);
  assert.deepEqual(decoded.unknownFields, []);
});

test('unknown fields are left out and named by their path', () => {
  const decoded = decode(POD, { ...pod({ name: 'c', imag: 'i' }), speck: 1 });
  assert.deepEqual(decoded.unknownFields, ['spec.containers[0].imag', 'speck']);
  assert.deepEqual(decoded.value, pod({ name: 'c' }));
});

test("fields of free-form objects are nobody's business", () => {
  const value = {
    metadata: { managedFields: [{ fieldsV1: { 'f:spec': { 'f:x': {} } } }], labels: { any: 'thing' } },
  };
  assert.equal(decode(POD, value).value, value);
});

test('null is the same as absent, and the zero value within lists and maps', () => {
  const value = {
    metadata: { creationTimestamp: null, labels: { a: null } },
    spec: { containers: [null], nodeName: null },
  };
  assert.deepEqual(decode(POD, value).value, { metadata: { labels: { a: '' } }, spec: { containers: [{}] } });
});

test('quantities become canonical, from strings and numbers', () => {
  const resources = { limits: { cpu: 0.5, memory: '1024Mi' }, requests: { cpu: '1000m', memory: 1e3 } };
  assert.deepEqual(
    decode(POD, pod({ resources })).value,
    pod({ resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '1', memory: '1k' } } }),
  );
});

test('times become UTC in whole seconds, micro times keep their microseconds', () => {
  const at = { metadata: { creationTimestamp: '2026-01-02T03:04:05.678+02:00' } };
  assert.deepEqual(decode(POD, at).value, { metadata: { creationTimestamp: '2026-01-02T01:04:05Z' } });
  const lease = { spec: { renewTime: '2026-01-02T03:04:05.1Z' } };
  assert.deepEqual(decode('reckon.api.coordination.v1.Lease', lease).value, {
    spec: { renewTime: '2026-01-02T03:04:05.100000Z' },
  });
});

test('base64 loses its line breaks', () => {
  const secret = { data: { a: 'aGVs\nbG8=\n' } };
  assert.deepEqual(decode('reckon.api.core.v1.Secret', secret).value, { data: { a: 'aGVsbG8=' } });
});

test('a wrong type is refused in the words of Go', () => {
  const at = (field: string) => `json: cannot unmarshal ${field}`;
  refuses(
    DEPLOYMENT,
    { spec: { replicas: '3' } },
    at('string into Go struct field DeploymentSpec.spec.replicas of type int32'),
  );
  refuses(
    DEPLOYMENT,
    { spec: { replicas: 1.5 } },
    at('number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'),
  );
  refuses(
    DEPLOYMENT,
    { spec: { replicas: 3e9 } },
    at('number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32'),
  );
  refuses(
    DEPLOYMENT,
    { spec: { replicas: {} } },
    at('object into Go struct field DeploymentSpec.spec.replicas of type int32'),
  );
  refuses(
    POD,
    pod({ env: [{ value: 1 }] }),
    at('number into Go struct field EnvVar.spec.containers.env.value of type string'),
  );
  refuses(
    POD,
    pod({ env: {} }),
    at('object into Go struct field Container.spec.containers.env of type []v1.EnvVar'),
  );
  refuses(POD, { spec: [] }, at('array into Go struct field Pod.spec of type v1.PodSpec'));
  refuses(
    POD,
    { metadata: { labels: { a: 1 } } },
    at('number into Go struct field ObjectMeta.metadata.labels of type string'),
  );
  refuses(
    POD,
    { metadata: { labels: 'a' } },
    at('string into Go struct field ObjectMeta.metadata.labels of type map[string]string'),
  );
  refuses(POD, [], at('array into Go value of type v1.Pod'));
  refuses(POD, pod({ livenessProbe: { httpGet: { port: true } } }), at('bool into Go value of type int32'));
});

test('what is no quantity, time or base64 is refused as those types do', () => {
  refuses(
    POD,
    pod({ resources: { limits: { cpu: 'lots' } } }),
    /^quantities must match the regular expression '/,
  );
  refuses(
    POD,
    { metadata: { creationTimestamp: 'now' } },
    'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
  );
  refuses(POD, { metadata: { creationTimestamp: '2026-02-30T00:00:00Z' } }, /^parsing time/);
  refuses('reckon.api.core.v1.Secret', { data: { a: 'a$b=' } }, 'illegal base64 data at input byte 1');
});

test('a field named __proto__ is a field like any other', () => {
  const hostile: unknown = JSON.parse(
    '{"metadata":{"labels":{"__proto__":null,"a":null},"__proto__":{"name":"x"}}}',
  );
  const decoded = decode(POD, hostile);
  assert.deepEqual(decoded.unknownFields, ['metadata.__proto__']);
  assert.equal(JSON.stringify(decoded.value), '{"metadata":{"labels":{"__proto__":"","a":""}}}');
});

test('unknown and duplicate fields warn, are refused or are ignored, as the client wants', () => {
  const report = { unknownFields: ['spec.foo'], duplicateFields: ['duplicate field "spec.replicas"'] };
  assert.deepEqual(validateFields(report, 'Ignore'), []);
  assert.deepEqual(validateFields(report, 'Warn'), [
    'duplicate field "spec.replicas"',
    'unknown field "spec.foo"',
  ]);
  assert.throws(() => validateFields(report, 'Strict'), {
    reason: 'BadRequest',
    message: 'strict decoding error: duplicate field "spec.replicas", unknown field "spec.foo"',
  });
});

test('an error of decoding names the kind', () => {
  try {
    decode(DEPLOYMENT, { spec: { replicas: '3' } });
    assert.fail('it was taken');
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'ApiError');
    assert.equal(
      cannotBeHandled({ version: 'v1', kind: 'Deployment' }, error as never).message,
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  }
});
