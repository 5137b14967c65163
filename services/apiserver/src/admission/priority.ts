/**
 * Kubernetes' Priority admission: a pod's priority is that of its class
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/).
 */
import { forbidden, SYSTEM_PRIORITIES } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { fieldsOf, textOf } from './fields.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';

interface Priority {
  /** '' if no class says so. */
  readonly className: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

export function withPriority(pod: KubeObject, { state }: Pick<Preparation, 'state'>): KubeObject {
  const spec = fieldsOf(pod.spec);
  const { name = '' } = pod.metadata;
  const wanted = textOf(spec.priorityClassName);
  const found = wanted === '' ? defaultPriority(state) : namedPriority(state, wanted);
  if (!found) throw forbidden('pods', name, `no PriorityClass with name ${wanted} was found`);
  const { className, value, preemptionPolicy } = found;
  const computed = (what: string, own: unknown, is: unknown) =>
    forbidden(
      'pods',
      name,
      `the ${what} (${String(own)}) must not be provided in pod spec; priority admission controller computed ${String(is)} from the given PriorityClass name`,
    );
  if (spec.priority !== undefined && spec.priority !== value)
    throw computed('integer value of priority', spec.priority, value);
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
    throw computed('string value of PreemptionPolicy', spec.preemptionPolicy, preemptionPolicy);
  const named = className === '' ? {} : { priorityClassName: className };
  return { ...pod, spec: { ...spec, ...named, priority: value, preemptionPolicy } };
}

function namedPriority(state: Preparation['state'], className: string): Priority | undefined {
  const object = state.get({ resource: CLASSES, namespace: '', name: className });
  if (object) return priorityOf(object.value);
  const value = SYSTEM_PRIORITIES.get(className);
  return value === undefined ? undefined : { className, value, preemptionPolicy: 'PreemptLowerPriority' };
}

/** Of several global defaults the lowest: a mistake should not raise anybody. */
function defaultPriority(state: Preparation['state']): Priority {
  const defaults = state
    .list(CLASSES, '')
    .filter(({ value }) => value.globalDefault === true)
    .map(({ value }) => priorityOf(value))
    .sort((a, b) => a.value - b.value);
  return defaults[0] ?? { className: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' };
}

function priorityOf({ metadata, value, preemptionPolicy }: KubeObject): Priority {
  return {
    className: metadata.name ?? '',
    value: typeof value === 'number' ? value : 0,
    preemptionPolicy: textOf(preemptionPolicy) || 'PreemptLowerPriority',
  };
}

/** A cluster has one default at most. */
export function refuseSecondDefault(object: KubeObject, { state }: Pick<Preparation, 'state'>): void {
  if (object.globalDefault !== true) return;
  const name = object.metadata.name ?? '';
  const other = state
    .list(CLASSES, '')
    .find(({ key, value }) => key.name !== name && value.globalDefault === true);
  if (!other) return;
  const why = `PriorityClass ${other.key.name} is already marked as default. Only one default can exist`;
  throw forbidden(CLASSES, name, why);
}
