/** What Kubernetes' Priority and DefaultTolerationSeconds admissions add to a pod. */
import { forbidden, isArray, isObject, SYSTEM_PRIORITIES } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Taints that node lifecycle sets; a pod that says nothing of them stays for a while. */
const ABSENCE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;

export function withAbsenceTolerations(pod: KubeObject, seconds: number): KubeObject {
  const spec: Fields = isObject(pod.spec) ? pod.spec : {};
  const own = isArray(spec.tolerations) ? spec.tolerations : [];
  const missing = ABSENCE_TAINTS.filter((key) => !own.some((toleration) => tolerates(toleration, key)));
  if (missing.length === 0) return pod;
  const added = missing.map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: seconds,
  }));
  return { ...pod, spec: { ...spec, tolerations: [...own, ...added] } };
}

function tolerates(toleration: unknown, key: string): boolean {
  if (!isObject(toleration)) return false;
  const sameKey = toleration.key === key || !toleration.key;
  const sameEffect = toleration.effect === 'NoExecute' || !toleration.effect;
  return sameKey && sameEffect;
}

export function withPriority(pod: KubeObject): KubeObject {
  const spec: Fields = isObject(pod.spec) ? pod.spec : {};
  const { priorityClassName: className } = spec;
  const name = pod.metadata.name ?? '';
  const named = typeof className === 'string' && className !== '';
  const value = named ? SYSTEM_PRIORITIES.get(className) : 0;
  if (value === undefined)
    throw forbidden('pods', name, `no PriorityClass with name ${String(className)} was found`);
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${String(spec.priority)}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw forbidden('pods', name, why);
  }
  const policy = spec.preemptionPolicy ?? 'PreemptLowerPriority';
  return { ...pod, spec: { ...spec, priority: value, preemptionPolicy: policy } };
}
