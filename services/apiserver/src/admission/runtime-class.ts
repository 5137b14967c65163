/**
 * Kubernetes' RuntimeClass admission: a pod that names a class is given its overhead and where it can run
 * (https://kubernetes.io/docs/concepts/containers/runtime-class/, KEP-688).
 */
import { forbidden, isArray, jsonEqual } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { type Fields, fieldsOf, listOf, textOf } from './fields.ts';

const CLASSES = 'runtimeclasses.node.k8s.io';
const OTHER_OVERHEAD = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

export function withRuntimeClass(pod: KubeObject, { state }: Pick<Preparation, 'state'>): KubeObject {
  const spec = fieldsOf(pod.spec);
  const rejected = (why: string) => forbidden('pods', pod.metadata.name ?? '', why);
  const name = textOf(spec.runtimeClassName);
  const found = name === '' ? undefined : state.get({ resource: CLASSES, namespace: '', name })?.value;
  if (name !== '' && !found) throw rejected(`pod rejected: RuntimeClass "${name}" not found`);
  const fixed = fieldsOf(found?.overhead).podFixed;
  const own = fieldsOf(spec.overhead);
  const hasOwn = Object.keys(own).length > 0;
  if (hasOwn && !fixed)
    throw rejected('pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  if (hasOwn && !jsonEqual(own, fixed)) throw rejected(OTHER_OVERHEAD);
  if (!found) return pod;
  const scheduling = fieldsOf(found.scheduling);
  const nodeSelector = { ...fieldsOf(spec.nodeSelector) };
  for (const [key, value] of Object.entries(fieldsOf(scheduling.nodeSelector))) {
    const wanted = nodeSelector[key] ?? value;
    if (wanted !== value)
      throw rejected(
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${String(value)}; pod.spec.nodeSelector[${key}] = ${String(wanted)}`,
      );
    nodeSelector[key] = value;
  }
  const tolerations = isArray(scheduling.tolerations)
    ? { tolerations: mergedTolerations([...listOf(spec.tolerations), ...listOf(scheduling.tolerations)]) }
    : {};
  return {
    ...pod,
    spec: {
      ...spec,
      ...(fixed ? { overhead: fixed } : {}),
      ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
      ...tolerations,
    },
  };
}

/** Without those that another one covers; of equal ones the first is kept. */
function mergedTolerations(all: readonly Fields[]): readonly Fields[] {
  const merged: Fields[] = [];
  for (const [index, one] of all.entries()) {
    const later = all.slice(index + 1).filter((other) => !jsonEqual(one, other));
    if (![...merged, ...later].some((other) => covers(other, one))) merged.push(one);
  }
  return merged;
}

/** Whether whatever `one` tolerates is tolerated by `wide`, for as long. */
function covers(wide: Fields, one: Fields): boolean {
  if (jsonEqual(wide, one)) return true;
  const { key = '', effect = '', operator = 'Equal', tolerationSeconds: seconds } = wide;
  if (key !== (one.key ?? '') && (key !== '' || operator !== 'Exists')) return false;
  if (effect !== '' && effect !== (one.effect ?? '')) return false;
  if (effect === 'NoExecute' && seconds !== undefined)
    if (one.tolerationSeconds === undefined || Number(one.tolerationSeconds) > Number(seconds)) return false;
  if (operator === 'Exists') return true;
  return (one.operator ?? 'Equal') === 'Equal' && (one.value ?? '') === (wide.value ?? '');
}
