import { ApiError, applyJsonPatch, applyMergePatch, isObject } from '@reckon/api';
import type { Frozen, KubeObject, Patch, ResourceType, Stored } from '../types.ts';
import type { Rules } from './rules.ts';

/** The object after the patch. */
export function applyPatch(
  rules: Rules,
  resource: ResourceType,
  change: { readonly current: Stored; readonly patch: Patch },
): Frozen<KubeObject> {
  const { current, patch } = change;
  switch (patch.type) {
    case 'json':
      return asObject(applyJsonPatch(current, patch.operations));
    case 'merge':
      return asObject(applyMergePatch({ ...current }, { ...patch.value }));
    case 'strategic':
      return rules.applyStrategic(resource, current, patch.value);
  }
}

function asObject(value: unknown): Frozen<KubeObject> {
  if (!isObject(value)) throw new ApiError('Invalid', 'the patched object is not an object');
  return value;
}
