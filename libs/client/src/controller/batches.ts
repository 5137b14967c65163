import type { Action } from './types.ts';

/** Neighbours of a plan that may be carried out side by side. */
export interface Batch {
  readonly actions: readonly Action[];
  readonly slowStart: boolean;
}

/** Neighbours of the same type on the same resource form a batch; a transaction stands alone. */
export function batchesOf(actions: readonly Action[]): readonly Batch[] {
  const batches: { actions: Action[]; slowStart: boolean; readonly group: string }[] = [];
  for (const action of actions) {
    const group = groupOf(action);
    const last = batches.at(-1);
    if (last?.group === group && action.type !== 'transact') last.actions.push(action);
    else batches.push({ actions: [action], slowStart: action.type === 'create', group });
  }
  return batches;
}

function groupOf(action: Action): string {
  return action.type === 'event' || action.type === 'transact'
    ? action.type
    : `${action.type} ${action.resource.groupResource}`;
}
