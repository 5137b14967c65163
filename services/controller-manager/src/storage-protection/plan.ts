/**
 * Claims and volumes that are in use do not vanish under their users: while a finalizer holds them, deleting one only
 * marks it (Kubernetes: "Storage Object in Use Protection"). It goes once the last user is gone.
 */
import type { Plan, PlanInput, ResourceType, Stored } from '@reckon/client';
import { metadataPatch } from '../metadata-patch.ts';

export interface ProtectionObserved {
  readonly resource: ResourceType;
  readonly finalizer: string;
  /** Who uses it, in words: `pod web-0`; undefined: nobody. */
  readonly user: string | undefined;
}

export function planProtection({
  desired: object,
  observed: { resource, finalizer, user },
}: PlanInput<Stored, ProtectionObserved>): Plan {
  const { name, finalizers = [], deletionTimestamp } = object.metadata;
  const isHeld = finalizers.includes(finalizer);
  const change = (next: readonly string[], because: string): Plan => ({
    actions: [metadataPatch({ resource, object }, { finalizers: next }, because)],
  });
  if (!deletionTimestamp && !isHeld) {
    return change([...finalizers, finalizer], `${object.kind} ${name} must not vanish while it is in use`);
  }
  if (deletionTimestamp && isHeld && user === undefined) {
    const left = finalizers.filter((other) => other !== finalizer);
    return change(left, `${object.kind} ${name} is being deleted, and nobody uses it`);
  }
  return { actions: [] };
}
