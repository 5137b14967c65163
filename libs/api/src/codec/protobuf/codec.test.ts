import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { objectOf } from '../../schema/arbitrary.ts';
import { loadSchema } from '../../schema/load.ts';
import { createProtobufCodec } from './index.ts';

const schema = loadSchema();
const codec = createProtobufCodec(schema);

const KINDS = [...schema.messages.values()].flatMap((message) =>
  message.kind === undefined ? [] : [message],
);

test('every kind goes through the protobuf form and comes back the same', () => {
  for (const message of KINDS) {
    if (message.kind === undefined) continue;
    const { group, version, kind } = message.kind;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    fc.assert(
      fc.property(objectOf(schema, message.name), (fields) => {
        const object = { ...fields, apiVersion, kind };
        assert.deepEqual(codec.decode(codec.encode(object)), object);
      }),
      { numRuns: kind === 'Pod' ? 100 : 10 },
    );
  }
});

const GOLDEN =
  '6b3873000a090a0276311203506f64124d0a190a01614204080110005a060a01611201325a060a01621201311230' +
  '0a0d0a017612089a01050a030a016d121f0a0163420c0a0a0a0363707512030a0131520c0a0a1a080a06080010501a001a002200';

test('the bytes are those of Kubernetes: envelope, nested times and quantities, embedded sources', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', creationTimestamp: '1970-01-01T00:00:01Z', labels: { b: '1', a: '2' } },
    spec: {
      volumes: [{ name: 'v', configMap: { name: 'm' } }],
      containers: [
        { name: 'c', resources: { limits: { cpu: '1' } }, livenessProbe: { tcpSocket: { port: 80 } } },
      ],
    },
  };
  // Checked against a decoder made from Kubernetes' own generated.proto.
  assert.equal(Buffer.from(codec.encode(object)).toString('hex'), GOLDEN);
});

test('zeros that Go writes for "not set" are left out, those that mean something stay', () => {
  // runtime.Unknown{Deployment}: spec{replicas: 0, paused: false}, metadata{name: "", creationTimestamp: {}}
  const raw = '0a040a004200' + '1204' + '08003800';
  const unknown = Buffer.from(
    `0a150a07617070732f7631120a4465706c6f796d656e7412${byteLength(raw)}${raw}`,
    'hex',
  );
  assert.deepEqual(codec.decode(Buffer.concat([Buffer.from('k8s\0'), unknown])), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {},
    spec: { replicas: 0 },
  });
});

function byteLength(hex: string): string {
  return (hex.length / 2).toString(16).padStart(2, '0');
}

test('a message that comes in parts is put together', () => {
  const raw = '0a030a0161' + '0a03120162';
  const unknown = Buffer.from(`0a0f0a02763112094e616d65737061636512${byteLength(raw)}${raw}`, 'hex');
  assert.deepEqual(codec.decode(Buffer.concat([Buffer.from('k8s\0'), unknown])), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a', generateName: 'b' },
  });
});

test('a watch event is framed by its length', () => {
  const object = codec.encode({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } });
  const frame = Buffer.from(codec.watchFrame('ADDED', object));
  assert.equal(frame.readUInt32BE(0), frame.length - 4);
  assert.equal(frame.subarray(4, 11).toString('latin1'), '\n\x05ADDED');
  assert.ok(frame.subarray(11).includes(object));
});

test('what is no protobuf, or of a kind that has none, is refused', () => {
  const refused = { name: 'ApiError', reason: 'BadRequest' };
  assert.throws(() => codec.decode(Buffer.from('{}')), refused);
  assert.throws(() => codec.decode(Buffer.from('k8s\0')), {
    ...refused,
    message: 'no kind "" is registered for version ""',
  });
  assert.throws(() => codec.encode({ apiVersion: 'example.com/v1', kind: 'Custom' }), {
    reason: 'NotAcceptable',
  });
  assert.equal(codec.supports('example.com/v1', 'Custom'), false);
  assert.equal(codec.supports('apps/v1', 'DeploymentList'), true);
  assert.equal(codec.supports('v1', 'Status'), true);
  assert.equal(codec.supports('meta.k8s.io/v1', 'PartialObjectMetadataList'), true);
});

test('whatever bytes come, the answer is an object or BadRequest', () => {
  const pod = codec.encode({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', labels: { a: 'b' } },
    spec: { containers: [{ name: 'c' }] },
  });
  const mutations = fc.array(fc.tuple(fc.nat(pod.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(mutations, fc.nat(pod.length), (changes, cut) => {
      const bytes = Uint8Array.from(pod.subarray(0, cut < pod.length / 2 ? pod.length : cut));
      for (const [at, value] of changes) bytes[at] = value;
      try {
        assert.equal(typeof codec.decode(bytes), 'object');
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'ApiError', String(error));
        assert.equal(Reflect.get(error, 'reason'), 'BadRequest');
      }
    }),
    { numRuns: 2_000 },
  );
});
