import type { ResourceSchema } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { PlannedWrite } from '../verbs/plan.ts';
import type { KubeObject } from '../verbs/types.ts';
import { CONFIG_KINDS } from './config.ts';
import { NAMESPACE_STRATEGY } from './namespace.ts';
import { PLAIN_STRATEGY, statusStrategy } from './ordinary.ts';
import { POD_STRATEGY } from './pod.ts';
import { RBAC_KINDS } from './rbac.ts';
import { SERVICE_STRATEGY } from './service.ts';
import type { Accompanied, Change, Strategy } from './types.ts';
import { WORKLOAD_KINDS } from './workloads.ts';

const STRATEGIES: ReadonlyMap<string, Strategy> = new Map([
  ['pods', POD_STRATEGY],
  ['namespaces', NAMESPACE_STRATEGY],
  ['services', SERVICE_STRATEGY],
  ...CONFIG_KINDS,
  ...WORKLOAD_KINDS,
  ...RBAC_KINDS,
]);

const WITH_STATUS = statusStrategy({ generation: true });

/** How objects of this resource are written. A kind that nobody has said anything about goes by its subresources. */
export function strategyOf(resource: Pick<ResourceSchema, 'groupResource' | 'subresources'>): Strategy {
  const known = STRATEGIES.get(resource.groupResource);
  if (known) return known;
  return resource.subresources.has('status') ? WITH_STATUS : PLAIN_STRATEGY;
}

/** The object after the change with what is written along with it. */
export function accompanied(preparation: Preparation, resource: ResourceSchema, change: Change): Accompanied {
  return strategyOf(resource).accompany?.(change, preparation) ?? { object: change.after, writes: [] };
}

/** What is written along with the end of the object. */
export function released(
  preparation: Preparation,
  resource: ResourceSchema,
  object: KubeObject,
): readonly PlannedWrite[] {
  return strategyOf(resource).release?.(object, preparation) ?? [];
}
