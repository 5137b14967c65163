import type { Condition } from '@reckon/store';
import { strategyOf } from '../kinds/registry.ts';
import type { Draft } from '../verbs/create.ts';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { admitToNamespace } from './namespace-lifecycle.ts';

export interface Admitted {
  readonly object: KubeObject;
  /** What the admission rests on; the commit holds it against the truth. */
  readonly conditions: readonly Condition[];
}

/** What the cluster has to say of a new object before it is validated. */
export function admitCreate(preparation: Preparation, { target, object }: Draft): Admitted {
  const conditions = target.resource.namespaced ? [admitToNamespace(preparation, target, object)] : [];
  const { admit } = strategyOf(target.resource);
  return { object: admit ? admit(object, preparation) : object, conditions };
}
