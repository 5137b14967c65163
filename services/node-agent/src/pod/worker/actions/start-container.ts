import { ApiError } from '@reckon/api';
import { backoffMs, START_BACKOFF } from '../../backoff.ts';
import type { Action } from '../../types.ts';
import type { PodContext } from '../context.ts';

type Start = Extract<Action, { do: 'startContainer' }>;

/** Creates and starts one instance of a container, and runs its postStart hook. */
export async function startContainer(pod: PodContext, action: Start): Promise<void> {
  const { deps, memory } = pod;
  const { name } = action.container;
  // The next attempt asks for the image again, as its policy may want.
  memory.images.delete(name);
  const id = await attempt(pod, name, 'CreateContainerConfigError', () => create(pod, action));
  if (id === undefined) return;
  const started = await attempt(pod, name, 'RunContainerError', async () => {
    await deps.runtime.startContainer(id);
    return true;
  });
  if (!started) return inspect(pod, id);
  const startedAtMs = await startOf(pod, id);
  memory.startFailures.delete(name);
  pod.tell({ type: 'Normal', reason: 'Started', message: `Started container ${name}`, container: name });
  memory.containerStarted(id, startedAtMs);
  const handler = action.container.spec.lifecycle?.postStart;
  if (!handler) return;
  pod.changed();
  const target = {
    pod: pod.model,
    container: action.container,
    containerId: id,
    podIp: action.sandbox.ips[0],
  };
  const problem = await deps.hooks.run(handler, target);
  if (problem === undefined) return;
  pod.tell({
    type: 'Warning',
    reason: 'FailedPostStartHook',
    message: 'PostStartHook failed',
    container: name,
  });
  deps.log.warn('a postStart hook failed', { pod: pod.model.name, container: name, problem });
  await deps.runtime.stopContainer(id, pod.model.graceS);
  await inspect(pod, id);
}

async function create(pod: PodContext, action: Start): Promise<string | undefined> {
  const { deps, memory, model } = pod;
  const { container, sandbox, image, backoffMs: backoff } = action;
  const { name } = container;
  const [config, sandboxConfig] = await Promise.all([
    deps.host.containerConfig({
      pod: model,
      container,
      attempt: action.attempt,
      sandbox,
      target: action.target,
      image,
      backoffMs: backoff,
    }),
    deps.host.sandboxConfig(model, sandbox.attempt),
  ]);
  return attempt(pod, name, 'CreateContainerError', async () => {
    const id = await deps.runtime.createContainer({ sandboxId: sandbox.id, config, sandboxConfig });
    deps.owners.set(id, model.uid);
    memory.putContainer({
      id,
      name,
      attempt: action.attempt,
      sandboxId: sandbox.id,
      state: 'created',
      createdAtMs: deps.clock.nowMs(),
      startedAtMs: 0,
      finishedAtMs: 0,
      exitCode: 0,
      reason: '',
      message: '',
      image: image.name,
      imageRef: image.id,
      hash: container.hash,
      backoffMs: backoff,
    });
    pod.tell({ type: 'Normal', reason: 'Created', message: `Created container: ${name}`, container: name });
    return id;
  });
}

/** Undefined if it failed: then people were told, and it is noted when to try again. */
async function attempt<T>(
  pod: PodContext,
  name: string,
  reason: string,
  work: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    const { message } = ApiError.from(cause);
    const { memory, deps } = pod;
    const count = (memory.startFailures.get(name)?.count ?? 0) + 1;
    const retryAtMs = deps.clock.nowMs() + backoffMs(START_BACKOFF, count);
    memory.startFailures.set(name, { reason, message, retryAtMs, count });
    pod.tell({ type: 'Warning', reason: 'Failed', message: `Error: ${message}`, container: name });
    return undefined;
  }
}

/** As the runtime has it, not as the answer came: an agent that finds the container later tells the same. */
async function startOf({ deps }: PodContext, id: string): Promise<number> {
  try {
    return (await deps.runtime.containerStatus(id)).startedAtMs || deps.clock.nowMs();
  } catch {
    return deps.clock.nowMs();
  }
}

/** Takes over what the runtime says of a container. */
export async function inspect(pod: PodContext, id: string): Promise<void> {
  const known = pod.memory.container(id);
  if (!known) return;
  const { state, startedAtMs, finishedAtMs, exitCode, reason, message } =
    await pod.deps.runtime.containerStatus(id);
  pod.memory.putContainer({
    ...known,
    state: state === 'unknown' ? 'exited' : state,
    startedAtMs,
    finishedAtMs,
    exitCode,
    reason,
    message,
  });
}
