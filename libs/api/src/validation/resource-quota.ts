import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '@reckon/proto/reckon/api/core/v1/resource_quota.ts';
import type { Cause } from '../errors/api-error.ts';
import { semanticEqual } from '../json/equal.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { subdomainName } from '../names/object-name.ts';
import { invalidEach, invalidValue, required } from './causes.ts';
import { checkResourceValue } from './pod/resources.ts';
import type { Frozen, KindRules } from './types.ts';

type Quantities = Readonly<Record<string, string>> | undefined;

/** What a quota can bound without naming a group: Kubernetes' "standard quota resources". */
const STANDARD: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);
/** Those of them that are counted. */
const COUNTED: ReadonlySet<string> = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);
const SCOPES: ReadonlySet<string> = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]);
const OPPOSITES = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const NANO_DIGITS = /^[0-9]+$/;

export const RESOURCE_QUOTA: KindRules<ResourceQuota> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    checkAmounts(spec.hard, 'spec.hard', causes);
    checkScopes(spec, causes);
    for (const [index, requirement] of (spec.scopeSelector?.matchExpressions ?? []).entries()) {
      checkRequirement(requirement, `spec.scopeSelector.matchExpressions[${index}]`, causes);
    }
  },
  update: ({ spec = {} }, before, causes) => {
    const old = [...(before.spec?.scopes ?? [])].sort();
    if (semanticEqual(old, [...(spec.scopes ?? [])].sort())) return;
    causes.push(invalidValue('spec.scopes', spec.scopes ?? [], 'field is immutable'));
  },
  status: ({ status = {} }, _before, causes) => {
    checkAmounts(status.hard, 'status.hard', causes);
    checkAmounts(status.used, 'status.used', causes);
  },
};

function checkAmounts(amounts: Quantities, path: string, causes: Cause[]): void {
  for (const name in amounts) {
    const field = `${path}[${name}]`;
    const problems = qualifiedNameErrors(name);
    invalidEach(causes, field, name, problems);
    if (problems.length === 0 && !name.includes('/') && !isStandard(name)) {
      causes.push(invalidValue(field, name, 'must be a standard resource for quota'));
    }
    const value = amounts[name];
    checkResourceValue(name, value, field, causes);
    const counted = name.startsWith('count/') || (COUNTED.has(name) && name !== 'pods');
    if (counted && value !== undefined && /[mun.]/.test(value) && !NANO_DIGITS.test(value)) {
      causes.push(invalidValue(field, value, 'must be an integer'));
    }
  }
}

function isStandard(name: string): boolean {
  return STANDARD.has(name) || /^(requests\.)?hugepages-/.test(name);
}

function checkScopes({ scopes = [] }: Frozen<ResourceQuotaSpec>, causes: Cause[]): void {
  if (scopes.some((scope) => !SCOPES.has(scope))) {
    causes.push(invalidValue('spec.scopes', scopes, 'unsupported scope'));
  }
  for (const [one, other] of OPPOSITES) {
    if (scopes.includes(one) && scopes.includes(other)) {
      causes.push(invalidValue('spec.scopes', scopes, 'conflicting scopes'));
    }
  }
}

function checkRequirement(
  { scopeName = '', operator = '', values = [] }: Frozen<ScopedResourceSelectorRequirement>,
  path: string,
  causes: Cause[],
): void {
  if (scopeName !== '' && !SCOPES.has(scopeName)) {
    causes.push(invalidValue(`${path}.scopeName`, scopeName, 'unsupported scope'));
  }
  const hasValues = scopeName === 'PriorityClass' || scopeName === 'VolumeAttributesClass';
  if (!hasValues && operator !== 'Exists' && operator !== '') {
    const why =
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    causes.push(invalidValue(`${path}.operator`, operator, why));
  }
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
        causes.push(required(`${path}.values`, why));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const why = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector";
        causes.push(invalidValue(`${path}.values`, values, why));
      }
      break;
    case '':
      break;
    default:
      causes.push(invalidValue(`${path}.operator`, operator, 'not a valid selector operator'));
  }
}
