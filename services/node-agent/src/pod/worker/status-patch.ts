import { jsonEqual } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { PodStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';

type Status = Frozen<PodStatus>;

/** Fields of the status that the node owns: absent in the wanted status means: to be removed. */
const OWNED = [
  'phase',
  'reason',
  'message',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const satisfies readonly (keyof Status)[];

/** Lists that a strategic merge would mix with what was there. */
const REPLACED_LISTS: ReadonlySet<string> = new Set(['hostIPs', 'podIPs']);

/**
 * The strategic merge patch that makes the node's part of `recorded` equal to `wanted`; undefined if it is. Only what
 * changed is in it: conditions of others stay as they are.
 */
export function statusPatch(recorded: Status | undefined, wanted: Status): Status | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of OWNED) {
    const before = recorded?.[field];
    const after = wanted[field];
    if (jsonEqual(before, after)) continue;
    const replace = REPLACED_LISTS.has(field) && Array.isArray(before) && Array.isArray(after);
    patch[field] = replace ? [...after, { $patch: 'replace' }] : (after ?? null);
  }
  const conditions = (wanted.conditions ?? []).flatMap((condition) => {
    const before = recorded?.conditions?.find((each) => each.type === condition.type);
    if (!before) return [condition];
    return sameCondition(before, condition) ? [] : [replacing(before, condition)];
  });
  if (conditions.length > 0) patch.conditions = conditions;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

const MINOR_FIELDS: ReadonlySet<string> = new Set(['podIP', 'podIPs', 'conditions']);

/** Only the sandbox came or went. */
export function isMinor(patch: Status): boolean {
  if (!Object.keys(patch).every((field) => MINOR_FIELDS.has(field))) return false;
  return (patch.conditions ?? []).every((condition) => condition.type === 'PodReadyToStartContainers');
}

type Condition = NonNullable<Status['conditions']>[number];

/** Merged by its type, a condition keeps what the new one does not name: what it lost is taken away by name. */
function replacing(before: Condition, after: Condition): object {
  const lost = (['reason', 'message'] as const).filter((field) => before[field] && !after[field]);
  return { ...after, ...Object.fromEntries(lost.map((field) => [field, null])) };
}

function sameCondition(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    (a.reason ?? '') === (b.reason ?? '') &&
    (a.message ?? '') === (b.message ?? '') &&
    a.lastTransitionTime === b.lastTransitionTime
  );
}

/** What changed, in one sentence for people. */
export function describeChange(recorded: Status | undefined, wanted: Status): string {
  if (recorded?.phase !== wanted.phase) return `the pod is ${wanted.phase}`;
  for (const { type, status } of wanted.conditions ?? []) {
    const before = recorded?.conditions?.find((each) => each.type === type)?.status ?? 'False';
    if (type === 'Ready' && before !== status)
      return status === 'True' ? 'the pod is ready' : 'the pod is not ready';
  }
  const before = new Map(recorded?.containerStatuses?.map((each) => [each.name, each]));
  for (const after of [...(wanted.initContainerStatuses ?? []), ...(wanted.containerStatuses ?? [])]) {
    const words = describeState(after);
    if (words !== describeState(before.get(after.name))) return `container ${after.name} ${words}`;
  }
  return 'what the node knows of the pod changed';
}

type ContainerStatus = NonNullable<Status['containerStatuses']>[number];

function describeState(status: ContainerStatus | undefined): string {
  const { running, waiting, terminated } = status?.state ?? {};
  if (running) return `is running (restart count ${status?.restartCount ?? 0})`;
  if (terminated) return `ended with exit code ${terminated.exitCode ?? 0} (${terminated.reason})`;
  return `is waiting: ${waiting?.reason ?? 'unknown'}`;
}
