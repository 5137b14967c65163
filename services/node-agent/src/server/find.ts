import { ApiError, notFound } from '@reckon/api';
import type { ContainerOnNode, PodDirectory, PodOnNode } from './types.ts';

/** NotFound for a pod that is not on this node, BadRequest for a container that the pod does not have. */
export function findContainer(
  pods: PodDirectory,
  name: { readonly namespace: string; readonly pod: string; readonly container: string },
): { readonly pod: PodOnNode; readonly container: ContainerOnNode } {
  const pod = findPod(pods, name);
  const container = pod.containers.find((each) => each.name === name.container);
  if (!container) {
    throw new ApiError('BadRequest', `container ${name.container} is not valid for pod ${name.pod}`);
  }
  return { pod, container };
}

export function findPod(
  pods: PodDirectory,
  name: { readonly namespace: string; readonly pod: string },
): PodOnNode {
  const pod = pods.find(name.namespace, name.pod);
  if (!pod) throw notFound('pods', name.pod);
  return pod;
}
