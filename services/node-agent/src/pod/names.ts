import { goDuration } from './go-duration.ts';
import type { ContainerModel, PodModel } from './model.ts';

/** As Kubernetes' messages name a pod: `web_default(uid)`. */
export function describePod(pod: PodModel): string {
  return `${pod.name}_${pod.namespace}(${pod.uid})`;
}

export function crashLoopMessage(pod: PodModel, container: ContainerModel, backoffMs: number): string {
  return `back-off ${goDuration(backoffMs)} restarting failed container=${container.name} pod=${describePod(pod)}`;
}
