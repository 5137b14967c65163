/** `pods/ephemeralcontainers` (KEP-277): what is put into a running pod to look around. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { JSON_BODY, patchOf, read, SemanticsWorld } from '../testing/semantics-world.ts';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
  await here.create(PODS, pod('web'));
});
after(() => here.stop());

const PODS = '/api/v1/namespaces/default/pods';
const DOOR = `${PODS}/web/ephemeralcontainers`;

function pod(name: string, more: object = {}): object {
  const spec = { containers: [{ name: 'main', image: 'i:1' }], ...more };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

interface Spec {
  readonly spec: {
    readonly containers: readonly { readonly image: string }[];
    readonly ephemeralContainers?: readonly Readonly<Record<string, unknown>>[];
  };
}

const add = (...containers: readonly object[]) =>
  patchOf(
    'strategic-merge-patch+json',
    JSON.stringify({
      spec: { ephemeralContainers: containers, containers: [{ name: 'main', image: 'x:9' }] },
    }),
  );

describe('ephemeral containers', () => {
  test('are added through their own door, with defaults, and nothing else changes there', async () => {
    const answer = await here.client.call(
      DOOR,
      add({ name: 'dbg', image: 'b', targetContainerName: 'main' }),
    );
    assert.equal(answer.status, 200, answer.text);
    const { spec } = JSON.parse(answer.text) as Spec;
    assert.deepEqual(spec.ephemeralContainers, [
      {
        name: 'dbg',
        image: 'b',
        targetContainerName: 'main',
        imagePullPolicy: 'Always',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ]);
    assert.equal(spec.containers[0]?.image, 'i:1');
    assert.deepEqual(JSON.parse((await here.client.call(DOOR)).text), JSON.parse(answer.text));
  });

  test('are kept by an update of the pod itself, which cannot change them', async () => {
    const before = JSON.parse((await here.client.call(`${PODS}/web`)).text) as Spec;
    const changed = {
      ...before,
      spec: { ...before.spec, ephemeralContainers: [{ name: 'other', image: 'c' }] },
    };
    const body = JSON.stringify(changed);
    const answer = await here.client.call(`${PODS}/web`, { method: 'PUT', headers: JSON_BODY, body });
    assert.equal(answer.status, 422);
    assert.match(read(answer).message ?? '', /pod updates may not change fields other than/);
  });

  for (const [sentence, containers, message] of [
    [
      'named like another',
      [{ name: 'main', image: 'b' }],
      /ephemeralContainers\[\d\].name: Duplicate value: "main"/,
    ],
    [
      'for a target that is not there',
      [{ name: 'x', image: 'b', targetContainerName: 'nobody' }],
      /targetContainerName: Not found: "nobody"/,
    ],
    [
      'with ports',
      [{ name: 'x', image: 'b', ports: [{ containerPort: 80 }] }],
      /ports: Forbidden: cannot be set for an Ephemeral Container/,
    ],
    [
      'with resources',
      [{ name: 'x', image: 'b', resources: { limits: { cpu: '1' } } }],
      /resources: Forbidden: cannot be set for an Ephemeral Container/,
    ],
    ['with a name that is none', [{ name: 'No Name', image: 'b' }], /name: Invalid value: "No Name"/],
    ['without an image', [{ name: 'x' }], /image: Required value/],
    [
      'that changes one',
      [{ name: 'dbg', image: 'other' }],
      /existing ephemeral containers \["dbg"\] may not be changed/,
    ],
    [
      'that takes one away',
      [{ name: 'dbg', $patch: 'delete' }],
      /existing ephemeral containers \["dbg"\] may not be removed/,
    ],
  ] as const)
    test(`one ${sentence} is refused`, async () => {
      const answer = await here.client.call(DOOR, add(...containers));
      assert.equal(answer.status, 422, answer.text);
      assert.match(read(answer).message ?? '', message);
    });

  test('are no part of a new pod, nor of a template', async () => {
    const body = JSON.stringify(pod('fresh', { ephemeralContainers: [{ name: 'dbg', image: 'b' }] }));
    const answer = await here.client.call(PODS, { method: 'POST', headers: JSON_BODY, body });
    assert.equal(answer.status, 422);
    assert.match(read(answer).message ?? '', /spec.ephemeralContainers: Forbidden: cannot be set on create/);
  });

  test('have to satisfy the level of their namespace', async () => {
    await here.create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
    });
    await here.create('/api/v1/namespaces/strict/pods', pod('web'));
    const privileged = { name: 'dbg', image: 'b', securityContext: { privileged: true } };
    const path = '/api/v1/namespaces/strict/pods/web/ephemeralcontainers';
    const answer = await here.client.call(path, add(privileged));
    assert.equal(answer.status, 403, answer.text);
    assert.match(read(answer).message ?? '', /violates PodSecurity "baseline:latest": privileged/);
  });
});
