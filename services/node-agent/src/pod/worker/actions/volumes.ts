import { ApiError } from '@reckon/api';
import { backoffMs, START_BACKOFF } from '../../backoff.ts';
import type { PodContext } from '../context.ts';

export async function prepareVolumes(pod: PodContext): Promise<void> {
  const { deps, memory, model } = pod;
  try {
    await deps.host.prepareVolumes(model);
    memory.volumes = { state: 'ready' };
  } catch (cause) {
    const { message } = ApiError.from(cause);
    const count = memory.volumes.state === 'failed' ? memory.volumes.failure.count + 1 : 1;
    const retryAtMs = deps.clock.nowMs() + backoffMs(START_BACKOFF, count);
    memory.volumes = { state: 'failed', failure: { reason: 'FailedMount', message, retryAtMs, count } };
    pod.tell({ type: 'Warning', reason: 'FailedMount', message });
  }
}

export async function releaseVolumes({ deps, memory, model }: PodContext): Promise<void> {
  await deps.host.releaseVolumes(model);
  memory.volumes = { state: 'absent' };
}
