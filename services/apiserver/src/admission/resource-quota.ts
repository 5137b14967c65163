/**
 * Kubernetes' ResourceQuota. What an object counts for is charged to the namespace's quotas in the transaction that
 * writes the object, against the revision of the quota that was looked at (L2): whatever the number of API servers, no
 * quota is ever exceeded. What goes is given back by the quota controller, which counts anew.
 */
import {
  type Amounts,
  addAmounts,
  amountsOf,
  amountsToJson,
  compareQuantity,
  describeAmounts,
  forbidden,
  NONE,
  onlyOf,
  quotaCovers,
  resourcesOf,
  subtractAmounts,
  usageOf,
  withoutZeros,
} from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import { PLAIN, type PlannedWrite, updateOf } from '../verbs/plan.ts';
import type { Current } from '../verbs/state.ts';
import type { KubeObject, Target } from '../verbs/types.ts';
import { fieldsOf, listOf } from './fields.ts';

export interface Charged {
  readonly target: Target;
  /** Undefined for a create. */
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
}

/** A quota of these asks every container to say what it needs. */
const STATED: ReadonlySet<string> = new Set(
  ['', 'requests.', 'limits.'].flatMap((prefix) => [`${prefix}cpu`, `${prefix}memory`]),
);

/** The writes that charge the object; Forbidden if a quota does not have enough left. */
export function chargeQuotas(preparation: Preparation, charged: Charged): readonly PlannedWrite[] {
  const { target, before, after } = charged;
  const { state, nowMs } = preparation;
  const { groupResource } = target.resource;
  const quotas = state.list('resourcequotas', target.namespace);
  if (quotas.length === 0) return [];
  const usage = usageOf(groupResource, after, nowMs);
  return quotas.flatMap((quota) => {
    const { spec } = quota.value;
    if (!quotaCovers(spec, groupResource, after)) return [];
    if (!before) refuseUnstated(quota, charged);
    const counted =
      before && quotaCovers(spec, groupResource, before) ? usageOf(groupResource, before, nowMs) : NONE;
    return charge(quota, charged, withoutZeros(subtractAmounts(usage, counted)));
  });
}

function charge(quota: Current, { target, before, after }: Charged, delta: Amounts): readonly PlannedWrite[] {
  const hard = amountsOf(fieldsOf(quota.value.spec).hard);
  const requested = onlyOf(delta, hard);
  if (requested.size === 0) return [];
  // What becomes less is given back by the controller, which knows what else is there.
  if (before && [...requested.values()].every(({ nano }) => nano < 0n)) return [];
  const { groupResource } = target.resource;
  const name = after.metadata.name ?? '';
  const status = fieldsOf(quota.value.status);
  const used = amountsOf(status.used);
  const unknown = [...requested.keys()].filter((resource) => !used.has(resource)).sort();
  if (unknown.length > 0) {
    const why = `status unknown for quota: ${quota.key.name}, resources: ${unknown.join(',')}`;
    throw forbidden(groupResource, name, why);
  }
  const next = addAmounts(used, requested);
  const exceeded = new Set(
    [...requested.keys()].filter((resource) => {
      const [after, most] = [next.get(resource), hard.get(resource)];
      const more = (requested.get(resource)?.nano ?? 0n) > 0n;
      return more && after !== undefined && most !== undefined && compareQuantity(after, most) > 0;
    }),
  );
  if (exceeded.size > 0) {
    const [asked, has, limit] = [requested, used, hard].map((amounts) =>
      describeAmounts(onlyOf(amounts, exceeded)),
    );
    const why = `exceeded quota: ${quota.key.name}, requested: ${asked}, used: ${has}, limited: ${limit}`;
    throw forbidden(groupResource, name, why);
  }
  const object = { ...quota.value, status: { ...status, used: amountsToJson(next) } };
  return [updateOf({ current: quota, object, traits: PLAIN })];
}

function refuseUnstated(quota: Current, { target, after }: Charged): void {
  if (target.resource.groupResource !== 'pods') return;
  const hard = fieldsOf(fieldsOf(quota.value.spec).hard);
  const required = Object.keys(hard)
    .filter((resource) => STATED.has(resource))
    .sort();
  if (required.length === 0) return;
  const spec = fieldsOf(after.spec);
  const containers = [...listOf(spec.containers), ...listOf(spec.initContainers)];
  const missing = required.flatMap((resource) => {
    const names = containers
      .filter((container) => !states(container, resource))
      .map(({ name }) => String(name));
    return names.length === 0 ? [] : `${resource} for: ${[...new Set(names)].sort().join(',')}`;
  });
  if (missing.length === 0) return;
  const why = `failed quota: ${quota.key.name}: must specify ${missing.join('; ')}`;
  throw forbidden('pods', after.metadata.name ?? '', why);
}

function states(container: object, resource: string): boolean {
  const limit = resource.startsWith('limits.');
  const name = resource.replace(/^(requests|limits)\./, '');
  return resourcesOf(container, limit ? 'limits' : 'requests').has(name);
}
