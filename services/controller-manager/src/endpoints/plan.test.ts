import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Action, Stored } from '@reckon/client';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import fc from 'fast-check';
import type { StoredEndpointSlice, StoredPod } from '../resources.ts';
import { NOW_MS, pod, stored } from '../testing/objects.ts';
import { endpointsController } from './controller.ts';

const service = stored<Service>({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', labels: { team: 'a' } },
  spec: {
    clusterIP: '10.96.0.7',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
  },
});

function plan(
  pods: readonly StoredPod[],
  slices: readonly StoredEndpointSlice[] = [],
  desired: Stored<Service> = service,
) {
  const { actions } = endpointsController.plan({
    desired,
    observed: { pods, slices, endpoints: undefined },
    now: NOW_MS,
    failures: [],
  });
  return actions.filter((action) => 'resource' in action && action.resource.kind === 'EndpointSlice');
}

function legacy(pods: readonly StoredPod[], desired: Stored<Service> = service) {
  const { actions } = endpointsController.plan({
    desired,
    observed: { pods, slices: [], endpoints: undefined },
    now: NOW_MS,
    failures: [],
  });
  const [action] = actions.filter((a) => 'resource' in a && a.resource.kind === 'Endpoints');
  return action?.type === 'create' ? (action.object as { subsets?: unknown }).subsets : undefined;
}

function slicesAfter(
  actions: readonly Action[],
  before: readonly StoredEndpointSlice[] = [],
): StoredEndpointSlice[] {
  const slices = new Map(before.map((slice) => [slice.metadata.name, slice]));
  for (const action of actions) {
    if (action.type === 'create' || action.type === 'update') {
      const slice = stored(action.object) as StoredEndpointSlice;
      slices.set(slice.metadata.name, slice);
    }
    if (action.type === 'delete') slices.delete(action.target.name);
  }
  return [...slices.values()];
}

const readyPod = (name: string, ip: string) => pod({ name, ip });

describe('EndpointSlices of a Service', () => {
  it('hold its ready pods as ready and the others as not', () => {
    const pods = [readyPod('a', '10.244.0.2'), pod({ name: 'b', ip: '10.244.0.3', ready: false })];
    const [slice] = slicesAfter(plan(pods));
    assert.equal(slice?.metadata.labels?.['kubernetes.io/service-name'], 'web');
    assert.equal(slice?.addressType, 'IPv4');
    assert.deepEqual(slice?.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
    assert.deepEqual(
      slice?.endpoints?.map(({ addresses, conditions, nodeName }) => [addresses?.[0], conditions, nodeName]),
      [
        ['10.244.0.2', { ready: true, serving: true, terminating: false }, 'node-1'],
        ['10.244.0.3', { ready: false, serving: false, terminating: false }, 'node-1'],
      ],
    );
  });

  it('show a pod that terminates as serving but no longer ready', () => {
    const [slice] = slicesAfter(plan([pod({ name: 'a', ip: '10.244.0.2', deleting: true })]));
    assert.deepEqual(slice?.endpoints?.[0]?.conditions, { ready: false, serving: true, terminating: true });
  });

  it('follow a named target port into each pod', () => {
    const named = {
      ...service,
      spec: { ...service.spec, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
    };
    const withPort = (object: StoredPod, containerPort: number): StoredPod => ({
      ...object,
      spec: { ...object.spec, containers: [{ name: 'c', ports: [{ name: 'web', containerPort }] }] },
    });
    const pods = [
      withPort(readyPod('a', '10.244.0.2'), 8080),
      withPort(readyPod('b', '10.244.0.3'), 9090),
      withPort(readyPod('c', '10.244.0.4'), 8080),
    ];
    const slices = slicesAfter(plan(pods, [], named));
    assert.deepEqual(slices.map((slice) => [slice.ports?.[0]?.port, slice.endpoints?.length]).sort(), [
      [8080, 2],
      [9090, 1],
    ]);
  });

  it('a Service without pods keeps one empty slice', () => {
    const slices = slicesAfter(plan([]));
    assert.equal(slices.length, 1);
    assert.deepEqual(slices[0]?.endpoints ?? [], []);
  });

  it('are not written again when nothing changed', () => {
    const pods = [readyPod('a', '10.244.0.2')];
    assert.deepEqual(plan(pods, slicesAfter(plan(pods))), []);
  });

  it('always hold each pod once, at most a hundred to a slice, and leave the slices of unchanged pods alone', () => {
    const ids = fc.uniqueArray(fc.nat(400), { maxLength: 260 });
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const podsOf = (list: readonly number[]) =>
          list.map((i) => readyPod(`p${i}`, `10.244.${i >> 8}.${i & 255}`));
        const first = slicesAfter(plan(podsOf(before)));
        const actions = plan(podsOf(after), first);
        const second = slicesAfter(actions, first);
        const held = second.flatMap(
          (slice) => slice.endpoints?.map(({ targetRef }) => targetRef?.name) ?? [],
        );
        assert.deepEqual(
          [...held].sort(),
          podsOf(after)
            .map(({ metadata }) => metadata.name)
            .sort(),
        );
        assert.ok(second.every((slice) => (slice.endpoints?.length ?? 0) <= 100));
        assert.deepEqual(plan(podsOf(after), second), [], 'at rest');
      }),
      { numRuns: 50 },
    );
  });
});

describe('Endpoints of a Service', () => {
  it('keep ready and unready addresses apart and leave out what terminates', () => {
    const pods = [
      readyPod('a', '10.244.0.2'),
      pod({ name: 'b', ip: '10.244.0.3', ready: false }),
      pod({ name: 'c', ip: '10.244.0.4', deleting: true }),
    ];
    const ref = (name: string) => ({ kind: 'Pod', namespace: 'default', name, uid: `uid-${name}` });
    assert.deepEqual(legacy(pods), [
      {
        addresses: [{ ip: '10.244.0.2', nodeName: 'node-1', targetRef: ref('a') }],
        notReadyAddresses: [{ ip: '10.244.0.3', nodeName: 'node-1', targetRef: ref('b') }],
        ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
      },
    ]);
  });

  it('publish pods that are not ready where the Service asks for it', () => {
    const eager = { ...service, spec: { ...service.spec, publishNotReadyAddresses: true } };
    const subsets = legacy([pod({ name: 'b', ip: '10.244.0.3', ready: false })], eager) as {
      addresses: unknown[];
    }[];
    assert.equal(subsets[0]?.addresses.length, 1);
  });
});
