/** Conditions of any kind: a list with one entry a type. */

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What every kind of condition has; the generated condition types fit it. */
export interface Condition {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

/** As much of a condition as reading needs; the generated types have every field optional. */
export interface ConditionLike {
  readonly type?: string | undefined;
  readonly status?: string | undefined;
}

export function findCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * The list with `next` set. `lastTransitionTime` is `nowRfc3339` only if the status is another one than before;
 * the list itself comes back if nothing changes, so that a caller can see by identity that there is nothing to write.
 */
export function setCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  next: C,
  nowRfc3339: string,
): readonly C[] {
  const list = conditions ?? [];
  const index = list.findIndex((condition) => condition.type === next.type);
  const current = list[index];
  if (current === undefined) return [...list, { ...next, lastTransitionTime: nowRfc3339 }];
  const lastTransitionTime =
    current.status === next.status ? (current.lastTransitionTime ?? nowRfc3339) : nowRfc3339;
  const merged: C = { ...next, lastTransitionTime };
  if (sameCondition(current, merged)) return list;
  return list.map((condition, at) => (at === index ? merged : condition));
}

export function removeCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] {
  const list = conditions ?? [];
  return list.some((condition) => condition.type === type)
    ? list.filter((condition) => condition.type !== type)
    : list;
}

function sameCondition(a: Condition, b: Condition): boolean {
  const fields = (condition: Condition) =>
    Object.entries(condition).filter(([, value]) => value !== undefined);
  const others = new Map<string, unknown>(fields(b));
  const own = fields(a);
  return own.length === others.size && own.every(([field, value]) => others.get(field) === value);
}
