import type { JobSpec } from '@reckon/proto/reckon/api/batch/v1/types.ts';
import type { Cause } from '../../errors/api-error.ts';
import { qualifiedNameErrors } from '../../names/label.ts';
import { invalidEach, invalidValue, notSupported, required, tooLong } from '../causes.ts';
import { checkPodTemplate } from '../pod/spec.ts';
import type { Frozen } from '../types.ts';
import { checkPodFailurePolicy } from './pod-failure-policy.ts';
import { checkSuccessPolicy } from './success-policy.ts';

type Spec = Frozen<JobSpec>;

const MAX_INDEXED = 100_000;
const MAX_AT_ONCE_WITH_MANY = 10_000;
const MAX_MANAGER_LENGTH = 63;

/** What holds for a Job and for what a CronJob makes them from. */
export function checkJobSpec(spec: Spec, path: string, causes: Cause[]): void {
  if (spec.completionMode === 'Indexed') checkIndexed(spec, path, causes);
  else checkNotIndexed(spec, path, causes);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    causes.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  if (spec.podFailurePolicy !== undefined) checkPodFailurePolicy(spec, path, causes);
  if (spec.podFailurePolicy !== undefined && spec.podReplacementPolicy === 'TerminatingOrFailed') {
    causes.push(notSupported(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, ['Failed']));
  }
  if (spec.successPolicy !== undefined) checkSuccessPolicy(spec, path, causes);
  checkManager(spec.managedBy, `${path}.managedBy`, causes);
  const { template } = spec;
  if (template === undefined) return;
  checkPodTemplate(template, `${path}.template`, causes);
  checkRestartPolicy(spec, `${path}.template.spec.restartPolicy`, causes);
}

function checkRestartPolicy(spec: Spec, field: string, causes: Cause[]): void {
  const policy = spec.template?.spec?.restartPolicy;
  if (policy === 'Always') causes.push(notSupported(field, policy, ['OnFailure', 'Never']));
  if (policy !== 'OnFailure') return;
  for (const needing of ['podFailurePolicy', 'backoffLimitPerIndex'] as const) {
    if (spec[needing] === undefined) continue;
    causes.push(invalidValue(field, policy, `only "Never" is supported when ${needing} is specified`));
  }
}

function checkNotIndexed(spec: Spec, path: string, causes: Cause[]): void {
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[field] === undefined) continue;
    causes.push(invalidValue(`${path}.${field}`, spec[field], 'requires indexed completion mode'));
  }
}

function checkIndexed(spec: Spec, path: string, causes: Cause[]): void {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completions === undefined) {
    causes.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  }
  if (parallelism > MAX_INDEXED) {
    const why = `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`;
    causes.push(invalidValue(`${path}.parallelism`, parallelism, why));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_INDEXED) {
    const why = `must be less than or equal to ${MAX_INDEXED}`;
    causes.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, why));
  }
  if (completions === undefined) return;
  if (maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    causes.push(
      invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'),
    );
  }
  if (completions > MAX_INDEXED && backoffLimitPerIndex !== undefined) checkManyIndexes(spec, path, causes);
}

function checkManyIndexes({ parallelism, maxFailedIndexes }: Spec, path: string, causes: Cause[]): void {
  if (maxFailedIndexes === undefined) {
    const why = `must be specified when completions is above ${MAX_INDEXED}`;
    causes.push(required(`${path}.maxFailedIndexes`, why));
  }
  for (const [field, value = 0] of Object.entries({ parallelism, maxFailedIndexes })) {
    if (value <= MAX_AT_ONCE_WITH_MANY) continue;
    const why = `must be less than or equal to ${MAX_AT_ONCE_WITH_MANY} when completions are above ${MAX_INDEXED} and used with backoff limit per index`;
    causes.push(invalidValue(`${path}.${field}`, value, why));
  }
}

/** `example.com/controller`. */
function checkManager(managedBy: string | undefined, field: string, causes: Cause[]): void {
  if (managedBy === undefined) return;
  if (!managedBy.includes('/')) {
    causes.push(invalidValue(field, managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  } else invalidEach(causes, field, managedBy, qualifiedNameErrors(managedBy));
  if (managedBy.length > MAX_MANAGER_LENGTH) causes.push(tooLong(field, MAX_MANAGER_LENGTH));
}
