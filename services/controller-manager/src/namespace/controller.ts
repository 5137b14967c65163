import { rfc3339, setCondition } from '@reckon/api';
import {
  type Action,
  type Controller,
  type Frozen,
  type KubeObject,
  NAMESPACES,
  nameOf,
  type ResourceType,
  type Stored,
  watch,
  watchSelf,
} from '@reckon/client';
import type { Namespace, NamespaceCondition } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import { NAMESPACED_RESOURCES, type StoredNamespace } from '../resources.ts';

interface Content {
  readonly resource: ResourceType;
  readonly object: Stored;
}

const FINALIZER = 'kubernetes';

/** Empties a namespace that is being deleted, then lets it go. */
export const namespaceController: Controller<StoredNamespace, readonly Content[]> = {
  name: 'namespace-controller',
  watches: [
    watchSelf(NAMESPACES),
    ...NAMESPACED_RESOURCES.map((resource) =>
      watch(resource, ({ namespace }, snapshot) =>
        snapshot.get(NAMESPACES, '', namespace)?.metadata.deletionTimestamp ? [namespace] : [],
      ),
    ),
  ],
  observe(snapshot, key) {
    const desired = snapshot.get(NAMESPACES, '', key);
    if (!desired?.metadata.deletionTimestamp) return undefined;
    const content = NAMESPACED_RESOURCES.flatMap((resource) =>
      snapshot.list(resource, key).map((object) => ({ resource, object })),
    );
    return { desired, observed: content };
  },
  plan({ desired, observed, now, failures }) {
    if (observed.length === 0) return { actions: finalize(desired) };
    const doomed = observed.filter(({ object }) => !object.metadata.deletionTimestamp);
    const conditions = conditionsOf(desired, observed, failures[0]?.error.message, now);
    return {
      actions: doomed.map((content) => deletion(desired, content)),
      status: {
        resource: NAMESPACES,
        object: desired,
        status: { ...desired.status, phase: 'Terminating', conditions },
        because: `${observed.length} objects are left in namespace ${desired.metadata.name}`,
      },
    };
  },
};

function deletion(namespace: StoredNamespace, { resource, object }: Content): Action {
  return {
    type: 'delete',
    resource,
    target: nameOf(object),
    precondition: { uid: object.metadata.uid },
    propagationPolicy: 'Background',
    because: `namespace ${namespace.metadata.name} is being deleted`,
  };
}

function finalize(namespace: StoredNamespace): readonly Action[] {
  const finalizers = namespace.spec?.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) return [];
  const object: Frozen<Namespace> = {
    ...namespace,
    spec: { ...namespace.spec, finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER) },
  };
  return [
    {
      type: 'update',
      resource: NAMESPACES,
      subresource: 'finalize',
      object,
      because: `nothing is left in namespace ${namespace.metadata.name}`,
    },
  ];
}

/** What `kubectl describe namespace` shows while it goes on. */
function conditionsOf(
  namespace: StoredNamespace,
  content: readonly Content[],
  failure: string | undefined,
  now: number,
): readonly Frozen<NamespaceCondition>[] {
  const waiting = content.flatMap(({ object }) => (object as KubeObject).metadata?.finalizers ?? []);
  const remaining = describeCounts(
    content.map(({ resource }) => `${resource.groupResource}.`),
    'has',
  );
  const next = [
    failure
      ? ['NamespaceDeletionContentFailure', 'True', 'ContentDeletionFailed', failure]
      : [
          'NamespaceDeletionContentFailure',
          'False',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ],
    [
      'NamespaceContentRemaining',
      'True',
      'SomeResourcesRemain',
      `Some resources are remaining: ${remaining}`,
    ],
    waiting.length > 0
      ? [
          'NamespaceFinalizersRemaining',
          'True',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${describeCounts(waiting, 'in')}`,
        ]
      : [
          'NamespaceFinalizersRemaining',
          'False',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ],
  ] as const;
  let conditions: readonly Frozen<NamespaceCondition>[] = namespace.status?.conditions ?? [];
  for (const [type, status, reason, message] of next) {
    conditions = setCondition<Frozen<NamespaceCondition>>(
      conditions,
      { type, status, reason, message },
      rfc3339(now),
    );
  }
  return conditions;
}

function describeCounts(names: readonly string[], word: 'has' | 'in'): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts.keys()]
    .sort()
    .map((name) => `${name} ${word} ${counts.get(name)} resource instances`)
    .join(', ');
}
