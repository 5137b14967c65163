/**
 * PodDisruptionBudgets of policy/v1beta1. There an empty selector selects no pod, in v1 every pod; each says what the
 * other's empty one does by means of this label, which no pod has (Kubernetes: `policy/v1beta1/conversion.go`).
 */
import { isArray, isObject } from '../json/types.ts';
import type { KubeObject } from '../meta/types.ts';

const EMPTY_MATCH = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match';
const selecting = (operator: string) => ({ matchExpressions: [{ key: EMPTY_MATCH, operator }] });

/** An object of v1beta1 as v1 says it. */
export function budgetToV1(budget: KubeObject): KubeObject {
  return withSelector(budget, (selector) => {
    if (isEmpty(selector)) return selecting('Exists');
    return saysWhether(selector, 'DoesNotExist') ? {} : selector;
  });
}

/** An object of v1 as v1beta1 says it. */
export function budgetFromV1(budget: KubeObject): KubeObject {
  return withSelector(budget, (selector) => {
    if (isEmpty(selector)) return selecting('DoesNotExist');
    return saysWhether(selector, 'Exists') ? {} : selector;
  });
}

function withSelector(budget: KubeObject, change: (selector: object) => object): KubeObject {
  const { spec } = budget;
  if (!isObject(spec) || !isObject(spec.selector)) return budget;
  return { ...budget, spec: { ...spec, selector: change(spec.selector) } };
}

function isEmpty(selector: object): boolean {
  return Object.keys(selector).length === 0;
}

function saysWhether(selector: object, operator: string): boolean {
  if (!isObject(selector) || Object.keys(selector).length !== 1 || !isArray(selector.matchExpressions))
    return false;
  const [only, ...others] = selector.matchExpressions;
  return others.length === 0 && isObject(only) && only.key === EMPTY_MATCH && only.operator === operator;
}
