import { PLAIN_STRATEGY, statusStrategy } from './ordinary.ts';
import type { Strategy } from './types.ts';

/** Kinds whose status is written by the services of the cluster. */
export const WORKLOAD_KINDS: readonly (readonly [string, Strategy])[] = [
  ['replicasets.apps', statusStrategy({ generation: true })],
  // A Deployment's annotations are part of what is wanted: they are copied to its ReplicaSets.
  ['deployments.apps', statusStrategy({ generation: true, annotationsCount: true })],
  ['nodes', nodeStrategy()],
];

/** A node agent registers its Node with the status that it has, and may label it while it writes status. */
function nodeStrategy(): Strategy {
  const strategy = statusStrategy({ generation: false, statusWritesMetadata: true });
  return { ...strategy, create: PLAIN_STRATEGY.create };
}
