/**
 * What a cluster has from its first moment: the system namespaces, the priority classes of the system, the range of
 * Service addresses, the Service `kubernetes` with its endpoint, and in every namespace the default ServiceAccount and
 * the cluster's CA, which also come back when somebody takes them away.
 */
import { ApiError, SYSTEM_PRIORITIES } from '@reckon/api';
import { addressAt, parseIpv4Range } from '../kinds/ipv4-range.ts';
import { create } from '../verbs/create.ts';
import type { Env } from '../verbs/env.ts';
import type { ClusterSettings } from '../verbs/settings.ts';
import type { KubeObject, Target } from '../verbs/types.ts';
import { update } from '../verbs/update.ts';
import { keepCompanions } from './keep-companions.ts';
import { keepTokenSecrets } from './keep-token-secrets.ts';
import { ownContext } from './own-context.ts';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/** What lives its own life once it is there. */
const KEPT: ReadonlySet<string> = new Set(['namespaces', 'services', 'servicecidrs.networking.k8s.io']);

export async function bootstrap(env: Env): Promise<void> {
  await env.cache.confirm();
  for (const name of SYSTEM_NAMESPACES)
    await ensure(env, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const [name, value] of SYSTEM_PRIORITIES)
    await ensure(env, 'priorityclasses.scheduling.k8s.io', priorityClass(name, value));
  await ensure(env, 'servicecidrs.networking.k8s.io', serviceCidr(env));
  await ensure(env, 'services', kubernetesService(env));
  await ensure(env, 'endpoints', kubernetesEndpoints(env));
  await ensure(env, 'endpointslices.discovery.k8s.io', kubernetesEndpointSlice(env));
  await keepCompanions(env);
  keepTokenSecrets(env);
}

/** Creates it if it is not there; brings its data to what is wanted if it is and has none of a life of its own. */
async function ensure(env: Env, resource: string, object: KubeObject): Promise<void> {
  const { namespace = '', name = '' } = object.metadata;
  const target = targetOf(env, resource, namespace, name);
  const context = ownContext(env, 'the cluster begins with it');
  const body = { value: object, duplicateFields: [] };
  const there = env.cache.resource(resource).get(`${namespace} ${name}`);
  try {
    if (!there) await create(env, context, { target: { ...target, name: '' }, body, options: {} });
    else if (!KEPT.has(resource)) await update(env, context, { target, body, options: {} });
  } catch (error) {
    // Another API server was faster.
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
  }
}

function targetOf(env: Env, groupResource: string, namespace: string, name: string): Target {
  const resource = env.schema.byGroupResource(groupResource);
  if (!resource) throw new Error(`the schema does not serve ${groupResource}`);
  return { resource, subresource: '', namespace, name };
}

/** Where pods find the gRPC door: `kubernetes.default.svc:6444`, wherever the API servers have it. */
const GRPC_PORT = 6444;

const LABELS = { component: 'apiserver', provider: 'kubernetes' } as const;

function serviceCidr({ settings }: Env): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [settings.serviceCidr] },
  };
}

function priorityClass(name: string, value: number): KubeObject {
  const needed = name === 'system-node-critical' ? 'a node' : 'the cluster';
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description: `For pods that ${needed} cannot do without.`,
  };
}

function kubernetesService({ settings }: Env): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: LABELS },
    spec: {
      type: 'ClusterIP',
      clusterIP: addressAt(parseIpv4Range(settings.serviceCidr), 1),
      // Clients look at the first one.
      ports: [
        { name: 'https', protocol: 'TCP', port: 443, targetPort: settings.advertise.port },
        { name: 'grpc', protocol: 'TCP', port: GRPC_PORT, targetPort: settings.advertise.grpcPort },
      ],
    },
  };
}

function kubernetesEndpoints({ settings: { advertise } }: Env): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [
      {
        addresses: [{ ip: advertise.address }],
        ports: endpointPorts(advertise),
      },
    ],
  };
}

function kubernetesEndpointSlice({ settings: { advertise } }: Env): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [advertise.address], conditions: { ready: true } }],
    ports: endpointPorts(advertise),
  };
}

function endpointPorts({ port, grpcPort }: ClusterSettings['advertise']) {
  return [
    { name: 'https', port, protocol: 'TCP' },
    { name: 'grpc', port: grpcPort, protocol: 'TCP' },
  ];
}
