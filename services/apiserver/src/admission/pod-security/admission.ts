/** Kubernetes' PodSecurity: pods are refused or warned of, what makes pods is warned of. */
import { forbidden, jsonEqual } from '@reckon/api';
import type { Preparation } from '../../verbs/env.ts';
import { refuseInvalid } from '../../verbs/invalid.ts';
import type { KubeObject, Target } from '../../verbs/types.ts';
import { type Fields, fieldsOf } from '../fields.ts';
import { asksNothing, labelCauses, type Policy, policyOf, violationsOf } from './levels.ts';
import { checkedPod } from './violation.ts';

interface Written {
  readonly target: Target;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
}

/** Kinds that make pods, and where in their spec the template lies. */
const TEMPLATES: Readonly<Record<string, (object: Fields) => Fields>> = {
  podtemplates: ({ template }) => fieldsOf(template),
  replicationcontrollers: ({ spec }) => fieldsOf(fieldsOf(spec).template),
  'replicasets.apps': ({ spec }) => fieldsOf(fieldsOf(spec).template),
  'deployments.apps': ({ spec }) => fieldsOf(fieldsOf(spec).template),
  'statefulsets.apps': ({ spec }) => fieldsOf(fieldsOf(spec).template),
  'daemonsets.apps': ({ spec }) => fieldsOf(fieldsOf(spec).template),
  'jobs.batch': ({ spec }) => fieldsOf(fieldsOf(spec).template),
  'cronjobs.batch': ({ spec }) => fieldsOf(fieldsOf(fieldsOf(fieldsOf(spec).jobTemplate).spec).template),
};

export function refuseInsecure(preparation: Preparation, written: Written): void {
  const { target, before, after } = written;
  const { groupResource } = target.resource;
  if (groupResource === 'namespaces') judgeNamespace(preparation, { before, after });
  else if (groupResource === 'pods') judgePod(preparation, written);
  else if (TEMPLATES[groupResource]) warnOfTemplate(preparation, written, TEMPLATES[groupResource]);
}

function warnOfTemplate(
  preparation: Preparation,
  { target, before, after }: Written,
  templateOf: (object: Fields) => Fields,
): void {
  const template = templateOf(after);
  if (before && jsonEqual(templateOf(before), template)) return;
  warn(preparation, policyOf(labelsOf(preparation, target.namespace), 'warn'), template);
}

function judgePod(preparation: Preparation, { target, before, after }: Written): void {
  const labels = labelsOf(preparation, target.namespace);
  const enforced = policyOf(labels, 'enforce');
  const warned = policyOf(labels, 'warn');
  // Most namespaces ask for nothing: neither is the pod looked at then.
  if (asksNothing(enforced) && asksNothing(warned)) return;
  if (before && jsonEqual(fieldsOf(before.spec), fieldsOf(after.spec))) return;
  const found = foundIn(after, enforced);
  if (found !== '')
    throw forbidden('pods', after.metadata.name ?? '', `violates PodSecurity ${nameOf(enforced)}: ${found}`);
  warn(preparation, warned, after);
}

function warn(preparation: Preparation, policy: Policy, template: Fields): void {
  const found = foundIn(template, policy);
  if (found !== '') preparation.warn(`would violate PodSecurity ${nameOf(policy)}: ${found}`);
}

function foundIn(template: Fields, policy: Policy): string {
  return asksNothing(policy) ? '' : violationsOf(policy, checkedPod(template.metadata, template.spec));
}

function nameOf({ level, version }: Policy): string {
  return JSON.stringify(`${level}:${version}`);
}

function labelsOf({ state }: Preparation, namespace: string): KubeObject['metadata']['labels'] {
  return state.get({ resource: 'namespaces', namespace: '', name: namespace })?.value.metadata.labels;
}

/** A namespace that becomes stricter is told which of its pods would not be let in any more. */
function judgeNamespace(
  preparation: Preparation,
  { before, after }: Pick<Written, 'before' | 'after'>,
): void {
  const { labels, name = '' } = after.metadata;
  refuseInvalid({ group: '', kind: 'Namespace' }, after, labelCauses(labels));
  const policy = policyOf(labels, 'enforce');
  if (!before || jsonEqual(policy, policyOf(before.metadata.labels, 'enforce'))) return;
  const pods = preparation.state.list('pods', name);
  const byViolation = new Map<string, string[]>();
  for (const { key, value } of pods) {
    const found = violationsOf(policy, checkedPod(value.metadata, value.spec));
    if (found !== '') byViolation.set(found, [...(byViolation.get(found) ?? []), key.name]);
  }
  if (byViolation.size === 0) return;
  preparation.warn(
    `existing pods in namespace ${JSON.stringify(name)} violate the new PodSecurity enforce level ${nameOf(policy)}`,
  );
  for (const [found, [first, ...others]] of byViolation) {
    const more =
      others.length === 0 ? '' : ` (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})`;
    preparation.warn(`${first}${more}: ${found}`);
  }
}
