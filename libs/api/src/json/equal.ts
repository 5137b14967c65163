import { isObject } from './types.ts';

/** Deep equality of JSON values. Objects are equal whatever the order of their fields; an undefined field is absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  if (!isObject(a) || !isObject(b)) return false;
  let fieldsOfA = 0;
  for (const field in a) {
    const value = a[field];
    if (value === undefined) continue;
    fieldsOfA++;
    if (!jsonEqual(value, b[field])) return false;
  }
  let fieldsOfB = 0;
  for (const field in b) if (b[field] !== undefined) fieldsOfB++;
  return fieldsOfA === fieldsOfB;
}

/**
 * Scalars whose zero value says something else than their absence (pointers in the Go types). Every other scalar is
 * left out by Go clients when it is zero, so that both forms are one value.
 */
const PRESENCE_MATTERS: ReadonlySet<string> = new Set([
  'activeDeadlineSeconds',
  'allocateLoadBalancerNodePorts',
  'allowPrivilegeEscalation',
  'automountServiceAccountToken',
  'blockOwnerDeletion',
  'controller',
  'defaultMode',
  'deletionGracePeriodSeconds',
  'enableServiceLinks',
  'expirationSeconds',
  'fsGroup',
  'gracePeriodSeconds',
  'hostProcess',
  'hostUsers',
  'hostnameOverride',
  'immutable',
  'minDomains',
  'mode',
  'optional',
  'priority',
  'privileged',
  'progressDeadlineSeconds',
  'readOnlyRootFilesystem',
  'replicas',
  'revisionHistoryLimit',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'runtimeClassName',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
  'started',
  'storageClassName',
  'terminationGracePeriodSeconds',
  'tolerationSeconds',
  'ttlSecondsAfterFinished',
  'volumeMode',
]);

/**
 * Kubernetes' `equality.Semantic.DeepEqual` as far as JSON shows it: what the Go types cannot tell apart is equal:
 * an absent field, null, `[]`, `{}`, and the zero of a scalar that is not a pointer. Quantities are canonical before
 * they get here.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  return equalIn('', a, b);
}

function equalIn(field: string, a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isZeroField(field, a) && isZeroField(field, b)) return true;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equalIn('', a[i], b[i])) return false;
    return true;
  }
  if (!isObject(a) || !isObject(b)) return false;
  for (const name in a) if (!equalIn(name, a[name], b[name])) return false;
  for (const name in b) if (!(name in a) && !isZeroField(name, b[name])) return false;
  return true;
}

/** Whether a field with this value says the same as its absence. */
export function isZeroField(field: string, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (value === '' || value === 0 || value === false) return !PRESENCE_MATTERS.has(field);
  if (Array.isArray(value)) return value.length === 0;
  if (!isObject(value)) return false;
  for (const name in value) if (!isZeroField(name, value[name])) return false;
  return true;
}
