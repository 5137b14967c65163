import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ENDPOINTS,
  EVENTS,
  LEASES,
  NAMESPACES,
  resourceType,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '@reckon/client';
import { SHREDDED_ANNOTATION } from '@reckon/store/secrecy/shredded.ts';
import fc from 'fast-check';
import { planRestore } from './plan.ts';
import {
  carriedOut,
  configMap,
  deployment,
  linesOf,
  made,
  nameOf,
  planInput,
  pod,
  service,
  shop,
} from './testing.ts';
import type { PlanInput, Snapped } from './types.ts';

const controlled = { ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', uid: 'rs', controller: true }] };
const going = { deletionTimestamp: '2026-01-02T00:00:00Z' };
const CLAIMS = resourceType('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim');
const foreign = { what: '10.96.0.5', namespace: 'other', name: 'thief' };

const shredded = (name: string) =>
  made(SECRETS, { name, metadata: { annotations: { [SHREDDED_ANNOTATION]: '2026-01-02T00:00:00Z' } } });

type Case = readonly [sentence: string, input: PlanInput, expected: readonly string[]];

const CASES: readonly Case[] = [
  [
    'nothing is done where nothing is different',
    planInput([shop, configMap('a', { x: '1' })], [shop, configMap('a', { x: '1' })]),
    [],
  ],
  [
    'what changed is changed back, what is gone comes back, what is new goes',
    planInput(
      [shop, configMap('a', { x: '1' }), configMap('gone', {}), deployment('web', 3)],
      [shop, configMap('a', { x: '2' }), configMap('new', {}), deployment('web', 1)],
    ),
    ['delete configmap/new', 'update configmap/a', 'create configmap/gone', 'update deployment.apps/web'],
  ],
  [
    'status is not touched',
    planInput(
      [shop, pod('p', 'v1', { status: { phase: 'Running' } })],
      [shop, pod('p', 'v1', { status: { phase: 'Failed' }, node: 'node-2' })],
    ),
    [],
  ],
  [
    'what a controller or the cluster itself makes is left to them',
    planInput(
      [
        shop,
        service('web', '10.96.0.1'),
        made(ENDPOINTS, { name: 'web' }),
        pod('web-1-x', 'v1', { metadata: controlled }),
      ],
      [
        shop,
        service('web', '10.96.0.1'),
        made(SERVICE_ACCOUNTS, { name: 'default' }),
        configMap('kube-root-ca.crt', {}),
        made(EVENTS, { name: 'e' }),
        made(LEASES, { name: 'l' }),
        pod('web-2-y', 'v2', { metadata: controlled }),
      ],
    ),
    [],
  ],
  [
    'what was shredded is left as it is now, gone or anew',
    planInput(
      [shop, shredded('gone'), shredded('anew'), configMap('a', {})],
      [shop, made(SECRETS, { name: 'anew', data: { x: 'MQ==' } })],
    ),
    [
      'create configmap/a',
      'note secret/gone: was shredded since: nobody can know any more what it was then',
      'note secret/anew: was shredded since: nobody can know any more what it was then',
    ],
  ],
  [
    'what was shredded cannot be brought back by itself',
    planInput([shop, shredded('gone')], [shop], {
      scope: { kind: 'object', resource: SECRETS, namespace: 'shop', name: 'gone' },
    }),
    ['obstacle secret/gone: was shredded since: nobody can know any more what it was then'],
  ],
  [
    'a namespace that is gone comes back whole, and comes first',
    planInput([configMap('a', {}), shop, deployment('web', 1)], []),
    ['create namespace/shop', 'create configmap/a', 'create deployment.apps/web'],
  ],
  [
    'a namespace that is another one now is filled as it was, with a word on the right it takes',
    planInput([shop, configMap('a', {})], [made(NAMESPACES, { name: 'shop', uid: 'second' })]),
    [
      'create configmap/a',
      'note namespace/shop: is another one than it was then; to read the earlier one takes the right to its history',
    ],
  ],
  [
    'a namespace that is being deleted cannot be restored yet',
    planInput(
      [shop, configMap('a', {})],
      [made(NAMESPACES, { name: 'shop', metadata: { ...going, finalizers: ['x/y'] } })],
    ),
    ['obstacle namespace/shop: is being deleted and waits for x/y: restore again when it is gone'],
  ],
  [
    'a namespace that did not exist then is not restored to nothing',
    planInput([], [shop, configMap('a', {})]),
    [
      'obstacle namespace/shop: it did not exist at that moment, or was another one: to read that takes the right to its history',
    ],
  ],
  [
    'what was going then is not brought back',
    planInput([shop, configMap('a', {}, { metadata: going })], [shop]),
    [],
  ],
  [
    'what cannot change in place is made anew',
    planInput([shop, deployment('web', 1, 'old')], [shop, deployment('web', 1, 'new')]),
    ['remake deployment.apps/web'],
  ],
  [
    'a Service that is there keeps its address',
    planInput([shop, service('web', '10.96.0.1')], [shop, service('web', '10.96.0.2')]),
    [
      'note service/web: keeps its address 10.96.0.2, which cannot change while it is there (it was 10.96.0.1)',
    ],
  ],
  [
    'a Service that comes back has its address if nobody else has it',
    planInput([shop, service('free', '10.96.0.4'), service('taken', '10.96.0.5')], [shop], {
      claims: [foreign],
    }),
    [
      'create service/free',
      'create service/taken',
      'note service/taken: gets another address: 10.96.0.5 is now that of service/thief in other',
    ],
  ],
  [
    'an address that is freed by the restore itself can be had',
    planInput([shop, service('old', '10.96.0.4')], [shop, service('new', '10.96.0.4')]),
    ['delete service/new', 'create service/old'],
  ],
  [
    'of a pod that is there the images change, and the rest is told of',
    planInput(
      [
        shop,
        made(pod('p', '').resource, {
          name: 'p',
          spec: { containers: [{ name: 'main', image: 'v1' }], hostNetwork: true },
        }),
      ],
      [shop, pod('p', 'v2')],
    ),
    [
      'update pod/p',
      'note pod/p: a pod that is there keeps its spec, except for the images: delete it to have it made anew',
    ],
  ],
  [
    'a pod that had ended is not run again',
    planInput([shop, pod('p', 'v1', { status: { phase: 'Succeeded' } })], [shop]),
    ['note pod/p: had ended by then, and is not run again'],
  ],
  [
    'data of volumes that came later is not thrown away',
    planInput([shop], [shop, made(CLAIMS, { name: 'data' })]),
    ['note persistentvolumeclaim/data: did not exist then, and stays, because its volume holds data'],
  ],
  [
    'of one object nothing but that object is touched',
    planInput([configMap('a', { x: '1' })], [shop, configMap('a', { x: '2' }), configMap('new', {})], {
      scope: { kind: 'object', resource: configMap('a', {}).resource, namespace: 'shop', name: 'a' },
    }),
    ['update configmap/a'],
  ],
  [
    'a pod that a controller has taken over since is left to that',
    planInput([shop, pod('p', 'v1')], [shop, pod('p', 'v2', { metadata: controlled })]),
    ["note pod/p: was nobody's then, and is made by replicaset/web-1 now: it is left to that"],
  ],
  [
    'a pod of a controller is restored by its controller',
    planInput([pod('web-1-x', 'v1', { metadata: controlled })], [shop], {
      scope: { kind: 'object', resource: pod('p', '').resource, namespace: 'shop', name: 'web-1-x' },
    }),
    ['obstacle pod/web-1-x: replicaset/web-1 makes it: restore that one'],
  ],
];

describe('the plan of a restore', () => {
  for (const [sentence, input, expected] of CASES)
    it(sentence, () => assert.deepEqual(linesOf(planRestore(input)), expected));

  it("keeps of the present what is not the past's to say: uid, finalizers, and what controllers noted", () => {
    const metadata = {
      uid: 'present',
      finalizers: ['keep/me'],
      annotations: { 'deployment.kubernetes.io/revision': '5', mine: 'new' },
      labels: { new: 'yes' },
    };
    const then = configMap(
      'a',
      { x: '1' },
      { metadata: { annotations: { 'deployment.kubernetes.io/revision': '2', mine: 'old' } } },
    );
    const { actions } = planRestore(
      planInput([shop, then], [shop, configMap('a', { x: '2' }, { metadata })]),
    );
    const [action] = actions;
    assert.ok(action?.kind === 'update');
    assert.deepEqual(action.wanted, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'shop',
        uid: 'present',
        resourceVersion: '7',
        annotations: { 'deployment.kubernetes.io/revision': '5', mine: 'old' },
        finalizers: ['keep/me'],
      },
      data: { x: '1' },
    });
  });

  it('brings a pod back without the node and the token that it had', () => {
    const token = { name: 'kube-api-access-abc' };
    const then = made(pod('p', '').resource, {
      name: 'p',
      spec: {
        nodeName: 'node-1',
        volumes: [token, { name: 'data' }],
        containers: [{ name: 'main', image: 'v1', volumeMounts: [token] }],
      },
      status: { phase: 'Running', podIP: '10.0.0.1' },
    });
    const [action] = planRestore(planInput([shop, then], [shop])).actions;
    assert.ok(action?.kind === 'create');
    assert.deepEqual(action.wanted.spec, {
      volumes: [{ name: 'data' }],
      containers: [{ name: 'main', image: 'v1' }],
    });
    assert.equal('status' in action.wanted, false);
  });
});

type AService = readonly [name: string, has: { readonly ip: string; readonly nodePort: number | undefined }];

/** At no time do two Services have one address, or one port. */
function withUniqueClaims(services: readonly AService[]): readonly Snapped[] {
  const seen = new Set<unknown>();
  const first = (what: unknown) => !seen.has(what) && seen.add(what) !== undefined;
  return services.map(([name, { ip, nodePort }], i) =>
    service(
      name,
      ip === 'None' || first(ip) ? ip : `10.96.1.${i}`,
      nodePort !== undefined && first(nodePort) ? nodePort : undefined,
    ),
  );
}

/** Any namespace: some of a few names of each kind, with few values, so that the two of a pair have much in common. */
const namespaces: fc.Arbitrary<readonly Snapped[]> = fc
  .record({
    maps: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')),
    deployments: fc.dictionary(
      fc.constantFrom('web', 'db'),
      fc.record({ replicas: fc.integer({ min: 0, max: 2 }), selector: fc.constantFrom('x', 'y') }),
    ),
    services: fc.dictionary(
      fc.constantFrom('web', 'db', 'api'),
      fc.record({
        ip: fc.constantFrom('10.96.0.1', '10.96.0.2', '10.96.0.5', 'None'),
        nodePort: fc.option(fc.constantFrom(30_001, 30_002), { nil: undefined }),
      }),
    ),
    pods: fc.dictionary(
      fc.constantFrom('one', 'two'),
      fc.record({
        image: fc.constantFrom('v1', 'v2'),
        phase: fc.constantFrom('Running', 'Succeeded'),
        controlled: fc.boolean(),
      }),
    ),
  })
  .map(({ maps, deployments, services, pods }) => [
    shop,
    made(SERVICE_ACCOUNTS, { name: 'default' }),
    configMap('kube-root-ca.crt', {}),
    ...Object.entries(maps).map(([name, x]) => configMap(name, { x })),
    ...Object.entries(deployments).map(([name, { replicas, selector }]) =>
      deployment(name, replicas, selector),
    ),
    ...withUniqueClaims(Object.entries(services)),
    ...Object.entries(pods).map(([name, { image, phase, controlled: owned }]) =>
      pod(name, image, { status: { phase }, ...(owned && { metadata: controlled }) }),
    ),
  ]);

describe('the plan of a restore, whatever the past and the present', () => {
  const scenarios = fc.tuple(namespaces, fc.option(namespaces, { nil: [] }));

  it('has nothing more to do once it is carried out', () => {
    fc.assert(
      fc.property(scenarios, ([then, now]) => {
        const plan = planRestore(planInput(then, now));
        const after = carriedOut(plan, now);
        assert.deepEqual(planRestore(planInput(then, after)).actions, []);
      }),
    );
  });

  it('never writes status, nor an object that a controller or the cluster makes, and names none twice', () => {
    fc.assert(
      fc.property(scenarios, ([then, now]) => {
        const { actions } = planRestore(planInput(then, now));
        for (const action of actions) {
          if (action.kind !== 'delete') assert.equal('status' in action.wanted, false);
          const there = now.find(
            ({ resource, object }) => resource === action.resource && object.metadata.name === nameOf(action),
          );
          assert.equal(
            there?.object.metadata.ownerReferences?.some((owner) => owner.controller) ?? false,
            false,
          );
          assert.ok(!['default', 'kube-root-ca.crt'].includes(nameOf(action)));
        }
        const names = actions.map((action) => `${action.resource.kind} ${nameOf(action)}`);
        assert.equal(new Set(names).size, names.length);
      }),
    );
  });

  it('is the same whatever the order in which the objects were read', () => {
    fc.assert(
      fc.property(scenarios, ([then, now]) => {
        const sorted = (input: PlanInput) => [...linesOf(planRestore(input))].sort();
        assert.deepEqual(
          sorted(planInput(then.toReversed(), now.toReversed())),
          sorted(planInput(then, now)),
        );
      }),
    );
  });
});
