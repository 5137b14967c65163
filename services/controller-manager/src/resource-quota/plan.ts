import {
  type Amounts,
  addAmounts,
  amountsOf,
  amountsToJson,
  onlyOf,
  quantityOf,
  quotaCovers,
  usageOf,
} from '@reckon/api';
import type { Plan, PlanInput, Stored } from '@reckon/client';
import { RESOURCE_QUOTAS } from '@reckon/client';
import type { StoredResourceQuota } from '../resources.ts';

/** All objects of the quota's namespace that may count, by resource (`deployments.apps`). */
export type QuotaObserved = ReadonlyMap<string, readonly Stored[]>;

/**
 * Counts anew what is there. The write is conditional on the quota as it was seen, and whoever creates something
 * charges the quota in the same transaction: so nothing can have come since that is not counted here.
 */
export function planResourceQuota(input: PlanInput<StoredResourceQuota, QuotaObserved>): Plan {
  const { desired, observed, now } = input;
  const hard = amountsOf(desired.spec?.hard);
  let used: Amounts = new Map([...hard].map(([name, { format }]) => [name, quantityOf(0, format)]));
  for (const [resource, objects] of observed)
    for (const object of objects)
      if (quotaCovers(desired.spec, resource, object))
        used = addAmounts(used, onlyOf(usageOf(resource, object, now), hard));
  return {
    actions: [],
    status: {
      resource: RESOURCE_QUOTAS,
      object: desired,
      status: { hard: amountsToJson(hard), used: amountsToJson(used) },
      because: `this much of quota ${desired.metadata.name} is used`,
    },
    wakeAtMs: overdueAtMs(observed, now),
  };
}

/** A pod that should be gone and is not is given up at some time: when the next one is. */
function overdueAtMs(observed: QuotaObserved, now: number): number | undefined {
  const times = (observed.get('pods') ?? []).flatMap(({ metadata }) => {
    const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
    if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return [];
    const at = Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1_000 + 1;
    return at > now ? [at] : [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
