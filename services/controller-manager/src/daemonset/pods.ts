import { controllerRef } from '@reckon/api';
import { type CreateAction, type DeleteAction, derivedName, type Frozen, nameOf, PODS } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { StoredDaemonSet, StoredPod } from '../resources.ts';
import { tolerationsOf } from './placement.ts';
import { REVISION_LABEL } from './types.ts';

export interface NewPod {
  readonly nodeName: string;
  /** The revision hash that it gets. */
  readonly hash: string;
  readonly because: string;
  /** Uid of the failed pod whose place it takes; its name differs from that of all before it. */
  readonly replaces?: string;
  /** Beside those of the template. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Names depend on the DaemonSet's revision, as with ReplicaSets; those that are taken are passed over. */
export function podCreation(
  daemonSet: StoredDaemonSet,
  newPod: NewPod,
  taken: ReadonlySet<string>,
): CreateAction {
  const { nodeName, because, replaces = '' } = newPod;
  const { metadata } = daemonSet;
  let name: string;
  let ordinal = 0;
  do
    name = derivedName(
      metadata.name,
      metadata.uid,
      metadata.resourceVersion,
      `${nodeName}${replaces}`,
      ordinal++,
    );
  while (taken.has(name));
  const event = { regarding: daemonSet, type: 'Normal', reason: 'SuccessfulCreate' } as const;
  return {
    type: 'create',
    resource: PODS,
    object: podOf(daemonSet, name, newPod),
    because,
    event: { ...event, message: `Created pod: ${name}` },
    failureEvent: { ...event, type: 'Warning', reason: 'FailedCreate', message: 'Error creating' },
  };
}

function podOf(daemonSet: StoredDaemonSet, name: string, { nodeName, hash, ...own }: NewPod): Frozen<Pod> {
  const { metadata } = daemonSet;
  const template = daemonSet.spec?.template;
  const { labels, finalizers } = template?.metadata ?? {};
  const annotations = { ...template?.metadata?.annotations, ...own.annotations };
  const spec = template?.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${metadata.name}-`,
      namespace: metadata.namespace,
      labels: { ...labels, [REVISION_LABEL]: hash },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerRef(daemonSet)],
    },
    spec: {
      ...spec,
      affinity: { ...spec?.affinity, nodeAffinity: onlyOn(nodeName, spec?.affinity?.nodeAffinity) },
      tolerations: tolerationsOf(spec),
    },
  };
}

/** The scheduler binds it, and can only to this node; what the template demands of nodes was checked before. */
function onlyOn(nodeName: string, affinity: object | undefined) {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }];
  return {
    ...affinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
  };
}

export function podDeletion(daemonSet: StoredDaemonSet, pod: StoredPod, because: string): DeleteAction {
  const { name, uid } = pod.metadata;
  const event = { regarding: daemonSet, type: 'Normal', reason: 'SuccessfulDelete' } as const;
  return {
    type: 'delete',
    resource: PODS,
    target: nameOf(pod),
    precondition: { uid },
    because,
    event: { ...event, message: `Deleted pod: ${name}` },
    failureEvent: {
      ...event,
      type: 'Warning',
      reason: 'FailedDelete',
      message: `Error deleting pod ${name}`,
    },
  };
}
