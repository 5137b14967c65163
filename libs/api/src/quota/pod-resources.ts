/**
 * What a pod asks for as a whole: the larger of what its containers need together and what any of its init containers
 * needs beside the sidecars that run already, and its overhead (KEP-753, "Resources calculation").
 */
import { isArray, isObject } from '../json/index.ts';
import { type Amounts, addAmounts, amountsOf, maxAmounts, NONE } from './amounts.ts';

export type ResourceSide = 'requests' | 'limits';

export function podResources(spec: unknown, side: ResourceSide): Amounts {
  const pod = isObject(spec) ? spec : {};
  let running = list(pod.containers).reduce(
    (total: Amounts, container) => addAmounts(total, resourcesOf(container, side)),
    NONE,
  );
  let sidecars = NONE;
  let starting = NONE;
  for (const container of list(pod.initContainers)) {
    const own = resourcesOf(container, side);
    if (isObject(container) && container.restartPolicy === 'Always') {
      running = addAmounts(running, own);
      sidecars = addAmounts(sidecars, own);
      starting = maxAmounts(starting, sidecars);
    } else starting = maxAmounts(starting, addAmounts(own, sidecars));
  }
  const needed = maxAmounts(running, starting);
  const overhead = amountsOf(pod.overhead);
  if (side === 'requests') return addAmounts(needed, overhead);
  // A limit that nobody set is not made one by the overhead.
  return addAmounts(needed, new Map([...overhead].filter(([name]) => needed.has(name))));
}

export function resourcesOf(container: unknown, side: ResourceSide): Amounts {
  const resources = isObject(container) && isObject(container.resources) ? container.resources : {};
  return amountsOf(resources[side]);
}

function list(value: unknown): readonly unknown[] {
  return isArray(value) ? value : [];
}
