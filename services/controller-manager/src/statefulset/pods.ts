/** The pods of a StatefulSet: each with the name, host name, labels and claims of its ordinal (Kubernetes: "Pod Identity"). */
import { controllerRef } from '@reckon/api';
import { type Action, type Frozen, nameOf, PODS } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { type Template, templateOf } from '../history/history.ts';
import type { StoredPod } from '../resources.ts';
import { claimName } from './claims.ts';
import type { SetState } from './set.ts';
import { POD_INDEX_LABEL, POD_NAME_LABEL, REVISION_LABEL } from './types.ts';

export function podName({ set }: SetState, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** Below the partition pods are made as they were before the update. */
export function wantedRevision({ set, first, current, update }: SetState, ordinal: number): string {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if ((type ?? 'RollingUpdate') !== 'RollingUpdate') return update;
  return ordinal < first + (rollingUpdate?.partition ?? 0) ? current : update;
}

export function podCreation(state: SetState, ordinal: number): Action {
  const { set, replicas } = state;
  const name = podName(state, ordinal);
  const event = { regarding: set, type: 'Normal', reason: 'SuccessfulCreate' } as const;
  const told = `create Pod ${name} in StatefulSet ${set.metadata.name}`;
  return {
    type: 'create',
    resource: PODS,
    object: podOf(state, ordinal),
    because: `StatefulSet ${set.metadata.name} asks for ${replicas} pods, and ${name} is not there`,
    event: { ...event, message: `${told} successful` },
    failureEvent: { ...event, type: 'Warning', reason: 'FailedCreate', message: `${told} failed error` },
  };
}

export function podDeletion({ set }: SetState, pod: StoredPod, because: string): Action {
  const event = { regarding: set, type: 'Normal', reason: 'SuccessfulDelete' } as const;
  const told = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
  return {
    type: 'delete',
    resource: PODS,
    target: nameOf(pod),
    precondition: { uid: pod.metadata.uid },
    because,
    event: { ...event, message: `${told} successful` },
    failureEvent: { ...event, type: 'Warning', reason: 'FailedDelete', message: `${told} failed error` },
  };
}

function podOf(state: SetState, ordinal: number): Frozen<Pod> {
  const { set } = state;
  const revision = wantedRevision(state, ordinal);
  const template = templateOfRevision(state, revision);
  const name = podName(state, ordinal);
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: { ...labels, ...identityLabels(state, ordinal), [REVISION_LABEL]: revision },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerRef(set)],
    },
    spec: {
      ...template?.spec,
      hostname: name,
      ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...volumesOf(state, template, ordinal),
    },
  };
}

export function identityLabels(state: SetState, ordinal: number): Readonly<Record<string, string>> {
  return { [POD_NAME_LABEL]: podName(state, ordinal), [POD_INDEX_LABEL]: String(ordinal) };
}

function templateOfRevision({ set, history }: SetState, name: string): Template | undefined {
  const revision =
    name === history.update ? undefined : history.all.find(({ metadata }) => metadata.name === name);
  return revision ? templateOf(revision) : set.spec?.template;
}

/** A claim template takes the place of a volume of the same name. */
function volumesOf({ set }: SetState, template: Template | undefined, ordinal: number) {
  const claimed = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(set, metadata?.name ?? '', ordinal) },
  }));
  const own = (template?.spec?.volumes ?? []).filter(
    ({ name }) => !claimed.some((claim) => claim.name === name),
  );
  return claimed.length + own.length > 0 ? { volumes: [...own, ...claimed] } : {};
}

/** A pod that lost the labels of its ordinal gets them back. */
export function identityRepair(state: SetState, pod: StoredPod, ordinal: number): readonly Action[] {
  const wanted = identityLabels(state, ordinal);
  if (Object.entries(wanted).every(([key, value]) => pod.metadata.labels?.[key] === value)) return [];
  return [
    {
      type: 'patch',
      resource: PODS,
      target: nameOf(pod),
      patch: { type: 'merge', value: { metadata: { labels: wanted } } },
      precondition: { uid: pod.metadata.uid },
      because: `the labels of pod ${pod.metadata.name} do not say which it is of StatefulSet ${state.set.metadata.name}`,
    },
  ];
}
