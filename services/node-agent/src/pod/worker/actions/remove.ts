import type { Action } from '../../types.ts';
import type { PodContext } from '../context.ts';

export async function removeContainer(
  pod: PodContext,
  action: Extract<Action, { do: 'removeContainer' }>,
): Promise<void> {
  const { deps, memory, model } = pod;
  await deps.runtime.removeContainer(action.container.id);
  await deps.host.removeContainer(model, action.container);
  deps.owners.delete(action.container.id);
  memory.removeContainer(action.container.id);
}

/** Deletes the object from the API, after the API has seen how the pod ended. */
export async function deletePod(
  pod: PodContext,
  action: Extract<Action, { do: 'deletePod' }>,
): Promise<void> {
  const { deps, memory, model } = pod;
  await pod.statusWritten();
  const { namespace, name, uid, object } = model;
  const why = { cause: Number(object.metadata.resourceVersion), because: action.because };
  await deps.api.deletePod({ namespace, name, uid }, why);
  memory.deleted = true;
}

export async function cleanUp({ deps, memory, model }: PodContext): Promise<void> {
  for (const sandbox of memory.sandboxes) {
    await deps.runtime.removePodSandbox(sandbox.id);
    deps.owners.delete(sandbox.id);
  }
  for (const container of memory.containers) deps.owners.delete(container.id);
  await deps.host.cleanUp(model.uid);
  memory.sandboxes = [];
  memory.containers = [];
  memory.cleaned = true;
}
