import { isArray, isObject } from '../json/types.ts';
import { hasEntries, templateLabels, withTemplateLabels } from './job.ts';
import type { Fields } from './types.ts';

export function statefulSetStrategy(value: Fields): Fields {
  if (value.type !== 'RollingUpdate') return value;
  const given = isObject(value.rollingUpdate) ? value.rollingUpdate : {};
  return given.partition === undefined ? { ...value, rollingUpdate: { ...given, partition: 0 } } : value;
}

/** Templates of claims are written with the kind that they are of. */
export function statefulSetSpec(value: Fields): Fields {
  const { volumeClaimTemplates } = value;
  if (!isArray(volumeClaimTemplates)) return value;
  const named = volumeClaimTemplates.map((claim) =>
    isObject(claim) ? { ...claim, apiVersion: 'v1', kind: 'PersistentVolumeClaim' } : claim,
  );
  return { ...value, volumeClaimTemplates: named };
}

export function daemonSetStrategy(value: Fields): Fields {
  if (value.type !== 'RollingUpdate') return value;
  const given = isObject(value.rollingUpdate) ? value.rollingUpdate : {};
  if (given.maxUnavailable !== undefined && given.maxSurge !== undefined) return value;
  return { ...value, rollingUpdate: { maxUnavailable: 1, maxSurge: 0, ...given } };
}

/** Labels and selector are those of the template unless they are said. */
export function replicationController(value: Fields): Fields {
  const labels = templateLabels(value);
  const spec = isObject(value.spec) ? value.spec : {};
  if (labels === undefined) return value;
  const selected = hasEntries(spec.selector) ? value : { ...value, spec: { ...spec, selector: labels } };
  return withTemplateLabels(selected);
}
