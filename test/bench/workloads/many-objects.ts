/** A cluster with much to look after: Deployments with their Services, as teams have them by the hundred. */
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  type GrpcApi,
  type KubeObject,
  PODS,
  REPLICA_SETS,
  SERVICES,
  type Stored,
} from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { isReady } from '../pod/is-ready.ts';
import { deployment, follow } from './deployments.ts';

/** Deployment, ReplicaSet, Service, Endpoints, EndpointSlice, ConfigMap and the pods. */
const PODS_EACH = 4;
const OBJECTS_EACH = 6 + PODS_EACH;
const AT_ONCE = 32;

/** Makes as many as are missing, and resolves once all their pods are Ready. Events are not counted. */
export async function makeObjects(api: GrpcApi, objects: number): Promise<void> {
  const applications = Math.ceil((objects - (await countObjects(api))) / OBJECTS_EACH);
  const ready = new Set<string>();
  const { revision } = await api.list<Pod>(PODS, { namespace: 'default', limit: 1 });
  const seen = (pod: Stored<Pod>) => {
    if (isReady(pod) && pod.metadata.labels?.app?.startsWith('many-')) ready.add(pod.metadata.uid);
    return ready.size === applications * PODS_EACH;
  };
  const watching = follow<Pod>(api, PODS, { after: revision }, seen);
  let next = 0;
  const make = async () => {
    while (next < applications) await application(api, `many-${next++}`);
  };
  await Promise.all([watching, ...Array.from({ length: AT_ONCE }, make)]);
}

/** What the figures before have made. */
async function countObjects(api: GrpcApi): Promise<number> {
  const lists = await Promise.all([api.list(DEPLOYMENTS), api.list(REPLICA_SETS), api.list(PODS)]);
  return lists.reduce((sum, { items }) => sum + items.length, 0);
}

async function application(api: GrpcApi, name: string): Promise<void> {
  const metadata = { namespace: 'default', name };
  const settings: KubeObject & { readonly data: object } = { metadata, data: { colour: 'blue' } };
  await api.create(CONFIG_MAPS, settings);
  await api.create(SERVICES, {
    metadata,
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'http' }] },
  });
  await api.create(DEPLOYMENTS, deployment(name, PODS_EACH));
}
