import type { ResourceSchema } from '../schema/types.ts';
import { AUTOSCALERS_V1 } from './autoscaler.ts';
import { EVENTS_V1 } from './event.ts';
import { sameShape } from './same-shape.ts';
import type { Conversion } from './types.ts';

export type { Conversion } from './types.ts';

/** By API version and resource. */
const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map([
  ['autoscaling/v1 horizontalpodautoscalers', AUTOSCALERS_V1],
  ['events.k8s.io/v1 events', EVENTS_V1],
]);

const SAME_SHAPE = new WeakMap<ResourceSchema, Conversion>();

/** How objects of that resource are kept; undefined: as they are. */
export function conversionOf(resource: ResourceSchema): Conversion | undefined {
  const { group, version, resource: plural, keptAs } = resource;
  if (keptAs === undefined) return CONVERSIONS.get(`${group}/${version} ${plural}`);
  const known = SAME_SHAPE.get(resource);
  if (known) return known;
  const made = sameShape(resource, keptAs, CONVERSIONS.get(`${group}/${keptAs} ${plural}`));
  SAME_SHAPE.set(resource, made);
  return made;
}
