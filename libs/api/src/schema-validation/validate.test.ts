import assert from 'node:assert/strict';
import test from 'node:test';
import { createDefaulter } from '../defaults/index.ts';
import { loadSchema } from '../schema/load.ts';
import { createImmutableValidator, createSchemaValidator } from './index.ts';

const schema = loadSchema();
const validate = createSchemaValidator(schema);
const defaults = createDefaulter(schema);
const POD = 'reckon.api.core.v1.Pod';
const DEPLOYMENT = 'reckon.api.apps.v1.Deployment';

const problems = (message: string, value: Readonly<Record<string, unknown>>): readonly string[] =>
  validate(message, defaults(message, value)).map((cause) => `${cause.field}: ${cause.message}`);
const podProblems = (spec: object): readonly string[] => problems(POD, { spec });
const containerProblems = (container: object): readonly string[] =>
  podProblems({ containers: [{ name: 'c', image: 'i', ...container }] });

test('what is required and missing is named, down to structs that are not there', () => {
  assert.deepEqual(problems(POD, {}), ['spec.containers: Required value']);
  assert.deepEqual(podProblems({ containers: [{ env: [{ value: 'x' }], volumeMounts: [{}] }] }), [
    'spec.containers[0].name: Required value',
    'spec.containers[0].env[0].name: Required value',
    'spec.containers[0].volumeMounts[0].name: Required value',
    'spec.containers[0].volumeMounts[0].mountPath: Required value',
  ]);
  assert.deepEqual(problems(DEPLOYMENT, {}), [
    'spec.selector: Required value',
    'spec.template.spec.containers: Required value',
  ]);
});

test('a value outside of an enumeration is told which ones there are', () => {
  assert.deepEqual(
    podProblems({ containers: [{ name: 'c', imagePullPolicy: 'Sometimes' }], restartPolicy: 'Maybe' }),
    [
      'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
    ],
  );
  assert.deepEqual(
    problems('reckon.api.core.v1.Service', {
      spec: { type: 'Cloud', ports: [{ port: 1, protocol: 'ICMP' }] },
    }),
    [
      'spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      'spec.type: Unsupported value: "Cloud": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  );
});

test('ports are numbers that exist, or names', () => {
  const range = 'must be between 1 and 65535, inclusive';
  assert.deepEqual(containerProblems({ ports: [{}, { containerPort: 70_000, name: 'Web' }] }), [
    'spec.containers[0].ports[0].containerPort: Required value',
    'spec.containers[0].ports[1].name: Invalid value: "Web": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    `spec.containers[0].ports[1].containerPort: Invalid value: 70000: ${range}`,
  ]);
  assert.deepEqual(containerProblems({ livenessProbe: { tcpSocket: {} } }), [
    `spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: 0: ${range}`,
  ]);
  assert.deepEqual(containerProblems({ livenessProbe: { tcpSocket: { port: 'web' } } }), []);
});

test('numbers keep to their bounds', () => {
  assert.deepEqual(
    problems(DEPLOYMENT, {
      spec: { replicas: -1, selector: {}, template: { spec: { containers: [{ name: 'c' }] } } },
    }),
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  );
  assert.deepEqual(podProblems({ containers: [{ name: 'c' }], activeDeadlineSeconds: 0 }), [
    'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
  ]);
  assert.deepEqual(
    podProblems({
      containers: [{ name: 'c' }],
      volumes: [{ name: 'v', configMap: { name: 'm', defaultMode: 512 } }],
    }),
    [
      'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  );
});

test('names within an object have their format', () => {
  const [problem, ...rest] = containerProblems({ name: 'My_App' });
  assert.match(
    problem ?? '',
    /^spec\.containers\[0\]\.name: Invalid value: "My_App": a lowercase RFC 1123 label must consist of/,
  );
  assert.deepEqual(rest, []);
});

test('two items with one key are refused where Kubernetes refuses them, and only there', () => {
  const containers = [{ name: 'c', env: [{ name: 'A' }, { name: 'A' }] }, { name: 'c' }];
  assert.deepEqual(podProblems({ containers, volumes: [{ name: 'v' }, { name: 'v' }] }).toSorted(), [
    'spec.containers[1].name: Duplicate value: "c"',
    'spec.volumes[1].name: Duplicate value: "v"',
  ]);
});

test('status and metadata are judged elsewhere', () => {
  const value = {
    metadata: { ownerReferences: [{}] },
    spec: { containers: [{ name: 'c' }] },
    status: { phase: 'Odd' },
  };
  assert.deepEqual(problems(POD, value), []);
});

test('a Secret cannot change its type, nor a Deployment its selector', () => {
  const immutable = createImmutableValidator(schema);
  assert.deepEqual(immutable('reckon.api.core.v1.Secret', { type: 'Opaque' }, { type: 'x' }), [
    { reason: 'FieldValueInvalid', message: 'Invalid value: "x": field is immutable', field: 'type' },
  ]);
  const selector = (app: string) => ({ spec: { selector: { matchLabels: { app } } } });
  assert.deepEqual(immutable(DEPLOYMENT, selector('a'), selector('a')), []);
  assert.equal(immutable(DEPLOYMENT, selector('a'), selector('b'))[0]?.field, 'spec.selector');
});

test('every format that a field names is known', () => {
  for (const message of schema.messages.keys()) validate(message, {});
});
