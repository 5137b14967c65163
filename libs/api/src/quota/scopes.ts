/** Which pods a ResourceQuota is about. Quotas with scopes are about pods only. */
import { isArray, isObject } from '../json/index.ts';
import type { KubeObject } from '../meta/index.ts';
import { resourcesOf } from './pod-resources.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Requirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** True if the quota counts objects like this one. */
export function quotaCovers(quotaSpec: unknown, groupResource: string, object: KubeObject): boolean {
  const requirements = requirementsOf(fieldsOf(quotaSpec));
  if (requirements.length === 0) return true;
  if (groupResource !== 'pods') return false;
  return requirements.every((requirement) => matches(requirement, fieldsOf(object.spec)));
}

function requirementsOf({ scopes, scopeSelector }: Fields): readonly Requirement[] {
  const plain = strings(scopes).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] }));
  const { matchExpressions } = fieldsOf(scopeSelector);
  const selected = (isArray(matchExpressions) ? matchExpressions : []).map((expression) => {
    const { scopeName, operator, values } = fieldsOf(expression);
    return { scopeName: text(scopeName), operator: text(operator), values: strings(values) };
  });
  return [...plain, ...selected];
}

function matches({ scopeName, operator, values }: Requirement, spec: Fields): boolean {
  switch (scopeName) {
    case 'Terminating':
      return isTerminating(spec);
    case 'NotTerminating':
      return !isTerminating(spec);
    case 'BestEffort':
      return isBestEffort(spec);
    case 'NotBestEffort':
      return !isBestEffort(spec);
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(spec);
    case 'PriorityClass':
      return hasPriority(text(spec.priorityClassName), operator, values);
    default:
      return false;
  }
}

function hasPriority(className: string, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return values.includes(className);
    case 'NotIn':
      return !values.includes(className);
    case 'DoesNotExist':
      return className === '';
    default:
      return className !== '';
  }
}

function isTerminating({ activeDeadlineSeconds }: Fields): boolean {
  return typeof activeDeadlineSeconds === 'number' && activeDeadlineSeconds >= 0;
}

/** No container says anything of cpu or memory. */
function isBestEffort({ containers, initContainers }: Fields): boolean {
  const all = [containers, initContainers].flatMap((list) => (isArray(list) ? list : []));
  return all.every((container) =>
    (['requests', 'limits'] as const).every((side) => {
      const amounts = resourcesOf(container, side);
      return ['cpu', 'memory'].every((name) => (amounts.get(name)?.nano ?? 0n) === 0n);
    }),
  );
}

function usesOtherNamespaces({ affinity }: Fields): boolean {
  const { podAffinity, podAntiAffinity } = fieldsOf(affinity);
  return [podAffinity, podAntiAffinity].map(fieldsOf).some((part) => {
    const required = part.requiredDuringSchedulingIgnoredDuringExecution;
    const preferred = part.preferredDuringSchedulingIgnoredDuringExecution;
    const terms = [
      ...(isArray(required) ? required : []),
      ...(isArray(preferred) ? preferred : []).map((weighted) => fieldsOf(weighted).podAffinityTerm),
    ].map(fieldsOf);
    return terms.some(
      ({ namespaces, namespaceSelector }) =>
        strings(namespaces).length > 0 || namespaceSelector !== undefined,
    );
  });
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: unknown): readonly string[] {
  return isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
