import { ApiError } from '@reckon/api';
import { backoffMs, START_BACKOFF } from '../../backoff.ts';
import type { Action } from '../../types.ts';
import type { PodContext } from '../context.ts';

export async function runSandbox(
  pod: PodContext,
  action: Extract<Action, { do: 'runSandbox' }>,
): Promise<void> {
  const { deps, memory, model } = pod;
  const { runtime, host, clock, owners } = deps;
  try {
    const config = await host.sandboxConfig(model, action.attempt);
    const id = await runtime.runPodSandbox(config, await host.runtimeHandler(model));
    owners.set(id, model.uid);
    const status = await runtime.podSandboxStatus(id);
    const { attempt, ips, createdAtMs } = status;
    memory.putSandbox({ id, attempt, ips, createdAtMs, ready: status.state === 'ready', stopped: false });
    memory.sandboxFailure = undefined;
  } catch (cause) {
    const { message } = ApiError.from(cause);
    const count = (memory.sandboxFailure?.count ?? 0) + 1;
    const retryAtMs = clock.nowMs() + backoffMs(START_BACKOFF, count);
    memory.sandboxFailure = { reason: 'FailedCreatePodSandBox', message, retryAtMs, count };
    const text = `Failed to create pod sandbox: ${message}`;
    pod.tell({ type: 'Warning', reason: 'FailedCreatePodSandBox', message: text });
  }
}

export async function stopSandbox(
  pod: PodContext,
  action: Extract<Action, { do: 'stopSandbox' }>,
): Promise<void> {
  await pod.deps.runtime.stopPodSandbox(action.id);
  pod.memory.sandboxStopped(action.id);
}

export async function removeSandbox(
  pod: PodContext,
  action: Extract<Action, { do: 'removeSandbox' }>,
): Promise<void> {
  await pod.deps.runtime.removePodSandbox(action.id);
  pod.deps.owners.delete(action.id);
  pod.memory.removeSandbox(action.id);
}
