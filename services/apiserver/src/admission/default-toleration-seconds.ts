/** Kubernetes' DefaultTolerationSeconds: how long a pod stays on a node that is away, if it does not say so itself. */
import { isArray, isObject } from '@reckon/api';
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
