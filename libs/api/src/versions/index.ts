import { AUTOSCALERS_V1 } from './autoscaler.ts';
import { EVENTS_V1 } from './event.ts';
import type { Conversion } from './types.ts';

export type { Conversion } from './types.ts';

/** By API version and resource. */
const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map([
  ['autoscaling/v1 horizontalpodautoscalers', AUTOSCALERS_V1],
  ['events.k8s.io/v1 events', EVENTS_V1],
]);

/** How objects of that resource are kept; undefined: as they are. */
export function conversionOf(resource: {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}): Conversion | undefined {
  return CONVERSIONS.get(`${resource.group}/${resource.version} ${resource.resource}`);
}
