import { compareQuantity, parseQuantity } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COMPUTE = ['cpu', 'memory'] as const;

/**
 * How well a pod's share of the node is secured (Kubernetes: "Pod Quality of Service Classes"): Guaranteed if every
 * container has limits for CPU and memory and requests equal to them, BestEffort if none has either.
 */
export function qosClass(spec: Frozen<PodSpec>): QosClass {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const name of COMPUTE) {
      const limit = resources?.limits?.[name];
      // An absent request is the limit's.
      const request = resources?.requests?.[name] ?? limit;
      if (isSet(limit) || isSet(request)) any = true;
      if (limit === undefined || request === undefined || !isSet(limit)) guaranteed = false;
      else if (compareQuantity(parseQuantity(limit), parseQuantity(request)) !== 0) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function isSet(quantity: string | undefined): boolean {
  return quantity !== undefined && parseQuantity(quantity).nano > 0n;
}
