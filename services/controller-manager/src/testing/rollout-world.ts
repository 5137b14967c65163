/** A Deployment and its ReplicaSets for planner tests, on a server that does what is planned. */
import { applyJsonPatch } from '@reckon/api';
import type { Action } from '@reckon/client';
import { planDeployment } from '../deployment/plan.ts';
import type { StoredDeployment, StoredReplicaSet } from '../resources.ts';
import { NOW_MS, stored, template } from './objects.ts';

export interface World {
  readonly desired: StoredDeployment;
  readonly sets: readonly StoredReplicaSet[];
  readonly terminating?: number;
  /** Default: NOW_MS. */
  readonly nowMs?: number;
}

export function plan({ desired, sets, terminating = 0, nowMs = NOW_MS }: World) {
  const owned = sets.filter(({ metadata }) => metadata.ownerReferences);
  return planDeployment({
    desired,
    observed: {
      owned,
      orphans: sets.filter(({ metadata }) => !metadata.ownerReferences),
      unfinishedPods: new Map(
        owned.map((set) => [set.metadata.uid, Math.max(set.status?.replicas ?? 0, terminating)]),
      ),
      nameTaken: false,
      rivals: [],
    },
    now: nowMs,
    failures: [],
  });
}

export function summary(actions: readonly Action[]): readonly string[] {
  return actions.map((action) => {
    if (action.type === 'patch') {
      const value = action.patch.type === 'merge' ? action.patch.value : {};
      const replicas = 'spec' in value ? (value.spec as { replicas?: number }).replicas : undefined;
      return replicas === undefined
        ? `annotate ${action.target.name}`
        : `scale ${action.target.name} ${replicas}`;
    }
    if (action.type === 'create') {
      const { spec } = action.object as { spec?: { replicas?: number } };
      return `create ${spec?.replicas}`;
    }
    return action.type === 'delete' ? `delete ${action.target.name}` : action.type;
  });
}

/** Applies the actions as the server would, and makes the new number of pods of each set known at once. */
export function apply(world: World): { readonly world: World; readonly changed: boolean } {
  const { actions, status } = plan(world);
  let { desired } = world;
  let sets = [...world.sets];
  for (const action of actions) {
    if (action.type === 'create') sets.push(stored(action.object) as StoredReplicaSet);
    if (action.type === 'delete') sets = sets.filter(({ metadata }) => metadata.name !== action.target.name);
    if (action.type !== 'patch') continue;
    if (action.patch.type === 'json') {
      desired = counted(applyJsonPatch(desired, action.patch.operations) as StoredDeployment, desired);
      continue;
    }
    if (action.patch.type !== 'merge') continue;
    const { metadata = {}, spec = {} } = action.patch.value as { metadata?: object; spec?: object };
    const merge = <T extends StoredDeployment | StoredReplicaSet>(object: T): T => ({
      ...object,
      metadata: {
        ...object.metadata,
        ...metadata,
        annotations: {
          ...object.metadata.annotations,
          ...(metadata as { annotations?: object }).annotations,
        },
      },
      spec: { ...object.spec, ...spec },
    });
    if (action.resource.kind === 'Deployment') desired = counted(merge(desired), desired);
    else sets = sets.map((set) => (set.metadata.name === action.target.name ? merge(set) : set));
  }
  desired = { ...desired, status: status?.status ?? {} };
  return { world: { ...world, desired, sets }, changed: actions.length > 0 };
}

/** The server counts what changes the spec (annotations count for Deployments, but not here: tests compare). */
function counted(next: StoredDeployment, before: StoredDeployment): StoredDeployment {
  if (JSON.stringify(next.spec) === JSON.stringify(before.spec)) return next;
  const generation = (before.metadata.generation ?? 1) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

export function withStatus(set: StoredReplicaSet, available: number): StoredReplicaSet {
  const replicas = set.spec?.replicas ?? 0;
  return {
    ...set,
    status: {
      replicas,
      readyReplicas: Math.min(available, replicas),
      availableReplicas: Math.min(available, replicas),
      observedGeneration: set.metadata.generation,
    },
  };
}

export function settle(world: World): World {
  let current = world;
  for (let pass = 0; pass < 200; pass++) {
    const step = apply(current);
    const sets = step.world.sets.map((set) => withStatus(set, set.spec?.replicas ?? 0));
    const state = ({ desired }: World, all: World['sets']) => JSON.stringify([desired.status, all]);
    const quiet = !step.changed && state(step.world, sets) === state(current, current.sets);
    current = { ...step.world, sets };
    if (quiet) return current;
  }
  throw new Error('the rollout does not come to rest');
}

export function sizes({ sets }: World): Record<string, number> {
  return Object.fromEntries(
    sets.map((set) => [set.spec?.template?.spec?.containers?.[0]?.image ?? '', set.spec?.replicas ?? 0]),
  );
}

export function withTemplate(object: StoredDeployment, image: string): StoredDeployment {
  const generation = (object.metadata.generation ?? 1) + 1;
  return {
    ...object,
    metadata: { ...object.metadata, generation },
    spec: { ...object.spec, template: template(image) },
  };
}
