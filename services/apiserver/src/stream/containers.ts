/** Which container of a pod is meant, in the words of Kubernetes (pkg/registry/core/pod). */
import { badRequest } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';

interface Named {
  readonly name?: unknown;
}

interface PodParts {
  readonly name: string;
  readonly nodeName: string;
  readonly containers: readonly string[];
  readonly initContainers: readonly string[];
  readonly ephemeralContainers: readonly string[];
}

export function podParts(pod: KubeObject): PodParts {
  const spec = (pod.spec ?? {}) as Readonly<Record<string, unknown>>;
  return {
    name: pod.metadata.name ?? '',
    nodeName: typeof spec.nodeName === 'string' ? spec.nodeName : '',
    containers: names(spec.containers),
    initContainers: names(spec.initContainers),
    ephemeralContainers: names(spec.ephemeralContainers),
  };
}

/** @throws ApiError BadRequest that lists the choice. */
export function containerOf(pod: PodParts, asked: string | undefined): string {
  const { name, containers, initContainers, ephemeralContainers } = pod;
  if (asked !== undefined) {
    const all = [...containers, ...initContainers, ...ephemeralContainers];
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only, ...others] = containers;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) throw badRequest(`a container name must be specified for pod ${name}`);
  const init =
    initContainers.length > 0 ? ` or one of the init containers: [${initContainers.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${init}`,
  );
}

function names(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.map((one: Named) => one?.name).filter((name): name is string => typeof name === 'string');
}
