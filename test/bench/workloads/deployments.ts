/** Deployments on hollow nodes, and waiting for what becomes of them. */
import {
  DEPLOYMENTS,
  type GrpcApi,
  type KubeObject,
  PODS,
  type ResourceType,
  type Stored,
} from '@reckon/client';
import type { Deployment } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { systemClock } from '@reckon/service';
import { isReady } from '../pod/is-ready.ts';

const NAMESPACE = 'default';

export function deployment(name: string, replicas: number): KubeObject {
  const container = {
    name: 'main',
    image: 'app:1',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'COLOUR', value: 'blue' }],
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  };
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: NAMESPACE, name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
    },
  };
  return object;
}

export interface Timing {
  /** Until a watch had shown every pod, ms. */
  readonly createdMs: number;
  /** Until a watch had shown every pod Ready, ms. */
  readonly readyMs: number;
}

/** From the request for a Deployment until its pods are there, and Ready. */
export async function timeToPods(api: GrpcApi, name: string, replicas: number): Promise<Timing> {
  const { revision } = await api.list<Pod>(PODS, { namespace: NAMESPACE, labelSelector: `app=${name}` });
  const created = new Set<string>();
  const ready = new Set<string>();
  let createdMs = 0;
  const startMs = systemClock.monotonicMs();
  const passedMs = () => systemClock.monotonicMs() - startMs;
  const seen = (pod: Stored<Pod>) => {
    created.add(pod.metadata.uid);
    if (isReady(pod)) ready.add(pod.metadata.uid);
    if (created.size === replicas) createdMs ||= passedMs();
    return ready.size === replicas;
  };
  const watching = follow<Pod>(api, PODS, { after: revision, labelSelector: `app=${name}` }, seen);
  await api.create(DEPLOYMENTS, deployment(name, replicas));
  await watching;
  return { createdMs, readyMs: passedMs() };
}

/** Sets another image; the time until every replica is of it and available, and nothing else is left, ms. */
export async function timeToRollOut(api: GrpcApi, name: string, image: string): Promise<number> {
  const target = { namespace: NAMESPACE, name };
  const value = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }] as const;
  const startMs = systemClock.monotonicMs();
  const { object } = await api.patch<Deployment>(DEPLOYMENTS, target, { type: 'json', operations: value });
  await untilRolledOut(api, object);
  return systemClock.monotonicMs() - startMs;
}

/** As `kubectl rollout status` sees it. */
export function isRolledOut({ metadata, spec, status }: Stored<Deployment>): boolean {
  const replicas = spec?.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    [status?.updatedReplicas, status?.replicas, status?.availableReplicas].every(
      (count) => (count ?? 0) === replicas,
    )
  );
}

function untilRolledOut(api: GrpcApi, { metadata }: Stored<Deployment>): Promise<void> {
  const options = {
    after: Number(metadata.resourceVersion),
    fieldSelector: `metadata.name=${metadata.name}`,
  };
  return follow<Deployment>(api, DEPLOYMENTS, options, isRolledOut);
}

/** Until `enough` says so of an object that was added or changed. */
export async function follow<T extends KubeObject>(
  api: GrpcApi,
  resource: ResourceType<T>,
  options: { readonly after: number; readonly labelSelector?: string; readonly fieldSelector?: string },
  enough: (object: Stored<T>) => boolean,
): Promise<void> {
  const done = new AbortController();
  for await (const events of api.watch<T>(resource, {
    ...options,
    namespace: NAMESPACE,
    signal: done.signal,
  }))
    for (const event of events) {
      if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue;
      if (enough(event.object)) return done.abort();
    }
  throw new Error(`the watch of ${resource.resource} ended before what it waited for`);
}
