/** A plan as one transaction, each write on condition that what the plan saw is still there. */
import type { Operation } from '@reckon/client';
import type { Action, AnObject, Plan } from './types.ts';

export interface Step {
  readonly operation: Operation;
  /** For what is said of it. */
  readonly action: Action;
}

/** What goes, goes first: it may hold an address or a name that something else is to have. */
export function stepsOf({ actions }: Pick<Plan, 'actions'>): readonly Step[] {
  const ends = actions.flatMap((action): readonly Step[] =>
    action.kind === 'delete' || action.kind === 'remake' ? [{ action, operation: endOf(action) }] : [],
  );
  const rest = actions.flatMap((action): readonly Step[] => {
    if (action.kind === 'delete') return [];
    const { resource, wanted: object } = action;
    const verb = action.kind === 'update' ? 'update' : 'create';
    return [{ action, operation: { verb, resource, object } }];
  });
  const isNamespace = ({ operation }: Step) => operation.resource.groupResource === 'namespaces';
  return [...rest.filter(isNamespace), ...ends, ...rest.filter((step) => !isNamespace(step))];
}

function endOf({
  resource,
  now,
}: {
  readonly resource: Action['resource'];
  readonly now: AnObject;
}): Operation {
  const { namespace = '', name, uid, resourceVersion } = now.metadata;
  const preconditions = { uid, resourceVersion };
  // What it made was not there either; some kinds would leave it behind.
  return {
    verb: 'delete',
    resource,
    target: { namespace, name },
    preconditions,
    propagationPolicy: 'Background',
  };
}
