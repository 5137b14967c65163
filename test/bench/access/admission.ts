/** Stands in for `admission/admit.ts` in the benchmark's server: the same, or without any of it. */
import * as real from '@reckon/apiserver/admission/admit.ts';
import { strategyOf } from '@reckon/apiserver/kinds/registry.ts';
import { mode } from './mode.ts';

/** Of the pod that was last admitted: all pods of the benchmark are alike. */
let filledIn: unknown;

export const admitCreate: typeof real.admitCreate = (preparation, draft) => {
  if (mode() === 'asks') {
    const admitted = real.admitCreate(preparation, draft);
    filledIn = admitted.object.spec;
    return admitted;
  }
  const { admit } = strategyOf(draft.target.resource);
  // A spec of its own, as the fillers make one: what is known of an object that is seen again costs nothing.
  const object = mode() === 'told' ? { ...draft.object, spec: copyOf(filledIn) } : draft.object;
  return { object: admit ? admit(object, preparation) : object, conditions: [] };
};

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) copy[name] = copyOf(field);
  return copy;
}

export const admitWrite: typeof real.admitWrite = (preparation, write) =>
  mode() === 'asks' ? real.admitWrite(preparation, write) : [];
