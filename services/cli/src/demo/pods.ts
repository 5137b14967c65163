import type { RestApi } from '../api/rest.ts';
import { CliError } from '../errors.ts';

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly resourceVersion: string;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Pod[];
}

const PATH = '/api/v1/namespaces/default/pods?labelSelector=app%3Dbackend-app';

/** Follows the application's pods until they are as wished, and gives them. */
export async function podsUntil(
  api: RestApi,
  wish: string,
  isAsWished: (pods: readonly Pod[]) => boolean,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const list = await api.get<PodList>(PATH, signal);
  const pods = new Map(list.items.map((pod) => [pod.metadata.name, pod]));
  if (isAsWished([...pods.values()])) return [...pods.values()];
  const watch = `${PATH}&watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  for await (const { type, object } of api.watch<{ type: string; object: Pod }>(watch, signal)) {
    if (type === 'DELETED') pods.delete(object.metadata.name);
    else pods.set(object.metadata.name, object);
    if (isAsWished([...pods.values()])) return [...pods.values()];
  }
  throw new CliError(`this did not come about in time: ${wish}`, 'look with: ./reckon kubectl describe pods');
}

export function isReady(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

export function restartsOf(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}
