import { type Action, nameOf, REPLICA_SETS } from '@reckon/client';
import type { StoredReplicaSet } from '../resources.ts';
import { wanted } from './rollout.ts';
import { DESIRED_REPLICAS_ANNOTATION, MAX_REPLICAS_ANNOTATION, type Rollout } from './types.ts';

/** What a ReplicaSet is told about its Deployment's size, so that a later change of it can be shared in proportion. */
export function sizeAnnotations(rollout: Rollout): Readonly<Record<string, string>> {
  return {
    [DESIRED_REPLICAS_ANNOTATION]: String(rollout.replicas),
    [MAX_REPLICAS_ANNOTATION]: String(rollout.replicas + rollout.maxSurge),
  };
}

/** The action that gives a ReplicaSet so many replicas; none if it has them and knows the Deployment's size. */
export function scaleTo(
  rollout: Rollout,
  replicaSet: StoredReplicaSet,
  replicas: number,
  because: string,
): readonly Action[] {
  const annotations = sizeAnnotations(rollout);
  const knows = Object.entries(annotations).every(([k, v]) => replicaSet.metadata.annotations?.[k] === v);
  const before = wanted(replicaSet);
  if (before === replicas && (knows || replicas === 0)) return [];
  const { name, uid, resourceVersion } = replicaSet.metadata;
  const direction = replicas > before ? 'up' : 'down';
  const event = {
    regarding: rollout.deployment,
    type: 'Normal' as const,
    reason: 'ScalingReplicaSet',
    message: `Scaled ${direction} replica set ${name} from ${before} to ${replicas}`,
  };
  return [
    {
      type: 'patch',
      resource: REPLICA_SETS,
      target: nameOf(replicaSet),
      patch: { type: 'merge', value: { metadata: { annotations }, spec: { replicas } } },
      precondition: { uid, resourceVersion },
      because,
      ...(before === replicas ? {} : { event }),
    },
  ];
}
