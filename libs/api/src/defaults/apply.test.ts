import assert from 'node:assert/strict';
import test from 'node:test';
import { deepFreeze } from '../json/freeze.ts';
import { loadSchema } from '../schema/load.ts';
import { createDefaulter, imageTag } from './index.ts';

const apply = createDefaulter(loadSchema());
const POD = 'reckon.api.core.v1.Pod';
const SERVICE = 'reckon.api.core.v1.Service';
const DEPLOYMENT = 'reckon.api.apps.v1.Deployment';

const podOf = (spec: object): Record<string, unknown> =>
  deepFreeze({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec });
const specOf = (spec: object): unknown => apply(POD, podOf(spec)).spec;
const serviceSpec = (spec: object): unknown => apply(SERVICE, deepFreeze({ spec })).spec;

const CONTAINER = {
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
const POD_SPEC = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
  securityContext: {},
};

test('a small pod gets what Kubernetes gives it', () => {
  const spec = { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] }] };
  assert.deepEqual(apply(POD, podOf(spec)), {
    ...podOf({
      ...POD_SPEC,
      enableServiceLinks: true,
      containers: [
        {
          ...CONTAINER,
          name: 'c',
          image: 'nginx',
          imagePullPolicy: 'Always',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
        },
      ],
    }),
    status: {},
  });
});

test('defaults are complete: a second time changes nothing', () => {
  const spec = {
    hostNetwork: true,
    containers: [{ name: 'c', livenessProbe: { httpGet: { port: 1 } }, resources: { limits: { cpu: '1' } } }],
    volumes: [
      { name: 'v' },
      { name: 'w', hostPath: { path: '/' } },
      { name: 's', secret: { secretName: 's' } },
    ],
  };
  const once = apply(POD, podOf(spec));
  assert.deepEqual(apply(POD, deepFreeze(once)), once);
  const service = apply(SERVICE, {
    spec: { type: 'LoadBalancer', sessionAffinity: 'ClientIP', ports: [{ port: 1 }] },
  });
  assert.deepEqual(apply(SERVICE, deepFreeze(service)), service);
});

test('the pull policy depends on the tag', () => {
  const policy = (image: string) => {
    const spec = specOf({ containers: [{ name: 'c', image }] }) as {
      containers: { imagePullPolicy: string }[];
    };
    return spec.containers[0]?.imagePullPolicy;
  };
  assert.equal(policy('nginx'), 'Always');
  assert.equal(policy('nginx:latest'), 'Always');
  assert.equal(policy('nginx:1.27'), 'IfNotPresent');
  assert.equal(policy('registry:5000/team/app'), 'Always');
  assert.equal(policy('registry:5000/team/app:v1'), 'IfNotPresent');
  assert.equal(policy(`nginx@sha256:${'0'.repeat(64)}`), 'IfNotPresent');
  assert.equal(policy('NOT AN IMAGE'), 'IfNotPresent');
  assert.equal(imageTag(`nginx:latest@sha256:${'0'.repeat(64)}`), 'latest');
});

test('requests are taken from limits in pods, and not in templates', () => {
  const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } };
  const spec = { containers: [{ name: 'c', image: 'i:1', resources }] };
  const containers = (specOf(spec) as { containers: { resources: object }[] }).containers;
  assert.deepEqual(containers[0]?.resources, {
    limits: resources.limits,
    requests: { cpu: '500m', memory: '1Gi' },
  });
  const workload = apply(DEPLOYMENT, { spec: { template: { spec } } }) as {
    spec: { template: { spec: { containers: { resources: object }[]; enableServiceLinks?: boolean } } };
  };
  assert.deepEqual(workload.spec.template.spec.containers[0]?.resources, resources);
  assert.equal(workload.spec.template.spec.enableServiceLinks, undefined);
});

test('probes get their defaults, also for an explicit zero', () => {
  const livenessProbe = { httpGet: { port: 'http' }, periodSeconds: 0 };
  const spec = specOf({ containers: [{ name: 'c', image: 'i:1', livenessProbe }] }) as {
    containers: { livenessProbe: object }[];
  };
  assert.deepEqual(spec.containers[0]?.livenessProbe, {
    httpGet: { path: '/', port: 'http', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
});

test('volumes: no source is an empty directory, files of configuration are 0644', () => {
  const volumes = [
    { name: 'a' },
    { name: 'b', configMap: { name: 'x' } },
    { name: 'c', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
    { name: 'd', hostPath: { path: '/x' } },
    { name: 'e', secret: { secretName: 's', defaultMode: 0 } },
    { name: 'f', downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } },
  ];
  assert.deepEqual((specOf({ containers: [], volumes }) as { volumes: unknown }).volumes, [
    { name: 'a', emptyDir: {} },
    { name: 'b', configMap: { name: 'x', defaultMode: 420 } },
    {
      name: 'c',
      projected: {
        sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }],
        defaultMode: 420,
      },
    },
    { name: 'd', hostPath: { path: '/x', type: '' } },
    { name: 'e', secret: { secretName: 's', defaultMode: 0 } },
    {
      name: 'f',
      downwardAPI: {
        items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } }],
        defaultMode: 420,
      },
    },
  ]);
});

test("on the host's network a container's port is a port of the host", () => {
  const spec = specOf({
    hostNetwork: true,
    containers: [{ name: 'c', image: 'i:1', ports: [{ containerPort: 80 }] }],
  });
  assert.deepEqual((spec as { containers: { ports: unknown }[] }).containers[0]?.ports, [
    { containerPort: 80, hostPort: 80, protocol: 'TCP' },
  ]);
});

test('a Deployment rolls by quarters unless it recreates', () => {
  const strategy = (given: object | undefined) =>
    (apply(DEPLOYMENT, deepFreeze({ spec: { strategy: given } })) as { spec: { strategy: unknown } }).spec
      .strategy;
  const quarters = { maxSurge: '25%', maxUnavailable: '25%' };
  assert.deepEqual(strategy(undefined), { type: 'RollingUpdate', rollingUpdate: quarters });
  assert.deepEqual(strategy({ rollingUpdate: { maxSurge: 0 } }), {
    type: 'RollingUpdate',
    rollingUpdate: { ...quarters, maxSurge: 0 },
  });
  assert.deepEqual(strategy({ type: 'Recreate' }), { type: 'Recreate' });
  const spec = apply(DEPLOYMENT, {}).spec as Record<string, unknown>;
  assert.deepEqual([spec.replicas, spec.revisionHistoryLimit, spec.progressDeadlineSeconds], [1, 10, 600]);
});

test('a zero that was meant stays', () => {
  const spec = apply(DEPLOYMENT, { spec: { replicas: 0, revisionHistoryLimit: 0 } }).spec as Record<
    string,
    unknown
  >;
  assert.deepEqual([spec.replicas, spec.revisionHistoryLimit], [0, 0]);
});

test('a Service gets its type, its target ports and its traffic policies', () => {
  assert.deepEqual(serviceSpec({ ports: [{ port: 80 }] }), {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  });
  assert.deepEqual(serviceSpec({ type: 'NodePort', ports: [{ port: 80, targetPort: 'web' }] }), {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 'web' }],
    type: 'NodePort',
    sessionAffinity: 'None',
    externalTrafficPolicy: 'Cluster',
    internalTrafficPolicy: 'Cluster',
  });
  assert.deepEqual(serviceSpec({ type: 'ExternalName', externalName: 'example.com' }), {
    type: 'ExternalName',
    externalName: 'example.com',
    sessionAffinity: 'None',
  });
  assert.deepEqual(
    (serviceSpec({ sessionAffinity: 'ClientIP' }) as Record<string, unknown>).sessionAffinityConfig,
    {
      clientIP: { timeoutSeconds: 10_800 },
    },
  );
});

test('a Namespace carries its name as a label and is active', () => {
  assert.deepEqual(apply('reckon.api.core.v1.Namespace', { metadata: { name: 'a', labels: { b: 'c' } } }), {
    metadata: { name: 'a', labels: { b: 'c', 'kubernetes.io/metadata.name': 'a' } },
    spec: {},
    status: { phase: 'Active' },
  });
});

test("a Secret is opaque, an endpoint's port is TCP without a name", () => {
  assert.deepEqual(apply('reckon.api.core.v1.Secret', { type: '' }), { type: 'Opaque' });
  assert.deepEqual(apply('reckon.api.discovery.v1.EndpointSlice', { ports: [{ port: 1 }] }), {
    ports: [{ port: 1, name: '', protocol: 'TCP' }],
  });
});
