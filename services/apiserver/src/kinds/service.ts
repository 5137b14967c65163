import type { Preparation } from '../verbs/env.ts';
import { refuseInvalid } from '../verbs/invalid.ts';
import type { PlannedWrite } from '../verbs/plan.ts';
import type { KubeObject } from '../verbs/types.ts';
import { claimOf, releaseOf } from './claims.ts';
import { statusStrategy } from './ordinary.ts';
import { claimsOf, ServiceAllocation } from './service-claims.ts';
import { newServiceSpec, specOf, updatedServiceSpec } from './service-spec.ts';
import type { Accompanied, Change, Strategy } from './types.ts';

const ordinary = statusStrategy({ generation: false, initialStatus: { loadBalancer: {} } });

export const SERVICE_STRATEGY: Strategy = {
  ...ordinary,
  create: (object) => ordinary.create({ ...object, spec: newServiceSpec(specOf(object)) }),
  update: (object, current) =>
    ordinary.update({ ...object, spec: updatedServiceSpec(specOf(object), specOf(current)) }, current),
  accompany,
  release: (object, preparation) =>
    [...claimsOf(specOf(object)).values()].flatMap((key) => releaseOf(preparation, key)),
};

/** Allocates, and writes the difference between the claims before and after. */
function accompany({ before, after }: Change, preparation: Preparation): Accompanied {
  const allocation = new ServiceAllocation(preparation, before && specOf(before));
  const spec = allocation.allocate(specOf(after));
  refuseInvalid({ group: '', kind: 'Service' }, after, allocation.causes);
  const object: KubeObject = { ...after, spec };
  const held = before ? claimsOf(specOf(before)) : new Map<string, never>();
  const wanted = claimsOf(spec);
  const { namespace = '', name = '' } = after.metadata;
  const writes: PlannedWrite[] = [];
  for (const [id, key] of wanted)
    if (!held.has(id)) writes.push(claimOf(preparation, key, { namespace, name }));
  for (const [id, key] of held) if (!wanted.has(id)) writes.push(...releaseOf(preparation, key));
  return { object, writes };
}
