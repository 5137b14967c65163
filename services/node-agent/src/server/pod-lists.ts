/** What a kubelet answers at /pods and /runningpods/. */
import type { PodDirectory } from './types.ts';

/** The pods of this node as its agent knows them. */
export function boundPods(pods: PodDirectory): object {
  return podList(pods.all().map(({ object }) => object));
}

/** Those of which a container runs, whatever the API says of them, with no more than the runtime knows. */
export function runningPods(pods: PodDirectory): object {
  const running = pods.all().flatMap(({ object, running: names }) => {
    const { name, namespace, uid } = object.metadata;
    const containers = [...(object.spec?.initContainers ?? []), ...(object.spec?.containers ?? [])]
      .filter((container) => names.has(container.name ?? ''))
      .map(({ name: container, image }) => ({ name: container, image, resources: {} }));
    return containers.length === 0
      ? []
      : [{ metadata: { name, namespace, uid }, spec: { containers }, status: {} }];
  });
  return podList(running);
}

function podList(items: readonly object[]): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
}
