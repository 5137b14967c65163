/** Who puts up with which taint: one rule for whoever places pods and whoever evicts them. */

export interface TaintForm {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
  /** NoSchedule, PreferNoSchedule, NoExecute. */
  readonly effect?: string | undefined;
}

export interface TolerationForm {
  /** Empty goes with `Exists` only, and then tolerates every key. */
  readonly key?: string | undefined;
  /** Equal unless it says `Exists`. */
  readonly operator?: string | undefined;
  readonly value?: string | undefined;
  /** Empty: every effect. */
  readonly effect?: string | undefined;
}

/** Kubernetes API, Toleration. An absent field is an empty one. */
export function tolerates(toleration: TolerationForm, taint: TaintForm): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}
