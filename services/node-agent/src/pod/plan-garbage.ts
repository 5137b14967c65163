import type { Draft } from './draft.ts';
import type { PlanInput } from './types.ts';

/** The last of each container and the one before it are kept: `kubectl logs --previous` and `lastState` show it. */
const KEPT_INSTANCES = 2;

/** Removes what nobody can ask for any more. */
export function planGarbage({ observed }: PlanInput, draft: Draft): void {
  const seen = new Map<string, number>();
  const keptIn = new Set<string>();
  for (const instance of observed.containers) {
    const rank = seen.get(instance.name) ?? 0;
    seen.set(instance.name, rank + 1);
    if (rank < KEPT_INSTANCES || instance.state === 'running') keptIn.add(instance.sandboxId);
    else draft.act({ do: 'removeContainer', container: instance });
  }
  // Removing a sandbox removes its containers: it stays as long as one of them is kept.
  for (const sandbox of observed.sandboxes.slice(1)) {
    if (sandbox.stopped && !keptIn.has(sandbox.id)) draft.act({ do: 'removeSandbox', id: sandbox.id });
  }
}
