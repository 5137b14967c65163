import { allContainers } from '../../model.ts';
import type { Action } from '../../types.ts';
import type { PodContext } from '../context.ts';
import { containerEnded } from './container-ended.ts';

/** Even after a preStop hook that took all of the grace, a process gets so long to react (kubelet's minimum). */
const MIN_STOP_S = 2;

/** preStop, SIGTERM, the rest of the grace period, SIGKILL. */
export async function killContainer(
  pod: PodContext,
  action: Extract<Action, { do: 'killContainer' }>,
): Promise<void> {
  const { deps, model } = pod;
  const { container: instance, graceS } = action;
  const container = allContainers(model).find((each) => each.name === instance.name);
  pod.tell({ type: 'Normal', reason: 'Killing', message: action.message, container: instance.name });
  const startedMs = deps.clock.monotonicMs();
  const handler = container?.spec.lifecycle?.preStop;
  if (container && handler && graceS > 0) {
    const podIp = pod.memory.sandboxes.find((each) => each.id === instance.sandboxId)?.ips[0];
    const target = { pod: model, container, containerId: instance.id, podIp, timeoutMs: graceS * 1_000 };
    const problem = await deps.hooks.run(handler, target);
    if (problem !== undefined) {
      const message = 'PreStopHook failed';
      pod.tell({ type: 'Warning', reason: 'FailedPreStopHook', message, container: instance.name });
      deps.log.warn('a preStop hook failed', { pod: model.name, container: instance.name, problem });
    }
  }
  const spentS = (deps.clock.monotonicMs() - startedMs) / 1_000;
  const leftS = handler ? Math.max(graceS - spentS, MIN_STOP_S) : graceS;
  await deps.runtime.stopContainer(instance.id, Math.round(leftS));
  await containerEnded(pod, instance.id);
}
