import type { Job } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { Cause } from '../../errors/api-error.ts';
import { dns1123LabelErrors } from '../../names/dns.ts';
import { subdomainName } from '../../names/object-name.ts';
import { labelSelectorOf } from '../../selector/label-object.ts';
import { invalidValue, nonNegative, required } from '../causes.ts';
import { checkLabelSelector } from '../labels.ts';
import { checkSelected } from '../selected-template.ts';
import type { Frozen, KindRules } from '../types.ts';
import { checkJobSpec } from './spec.ts';
import { checkJobUpdate } from './update.ts';

/** Labels that the system gives to the pods of a Job; the ones without prefix are from older times. */
export const JOB_UID_LABELS = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
export const JOB_NAME_LABELS = ['batch.kubernetes.io/job-name', 'job-name'] as const;

export const JOB: KindRules<Job> = {
  name: subdomainName,
  object: (job, causes) => {
    checkPodNames(job, causes);
    checkGeneratedSelector(job, causes);
    const { spec = {} } = job;
    checkJobSpec(spec, 'spec', causes);
    const { selector } = spec;
    if (selector === undefined) {
      causes.push(required('spec.selector'));
      return;
    }
    const already = causes.length;
    checkLabelSelector(selector, 'spec.selector', causes);
    if (causes.length === already) checkSelected(selector, spec.template, causes);
  },
  update: checkJobUpdate,
  status: ({ status = {} }, _before, causes) => {
    for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) {
      nonNegative(causes, `status.${field}`, status[field]);
    }
  },
};

/** The name of the last pod has the most digits. */
function checkPodNames({ metadata, spec = {} }: Frozen<Job>, causes: Cause[]): void {
  const { completionMode, completions = 0 } = spec;
  if (completionMode !== 'Indexed' || completions <= 0) return;
  const podName = `${metadata?.name ?? ''}-${completions - 1}`;
  if (dns1123LabelErrors(podName).length > 0) {
    const why = `will not able to create pod with invalid DNS name: ${podName}`;
    causes.push(invalidValue('metadata.name', metadata?.name ?? '', why));
  }
}

/** Unless it is made by hand, the selector is the one that the system makes: no other Job's pods have its uid. */
function checkGeneratedSelector({ metadata, spec = {} }: Frozen<Job>, causes: Cause[]): void {
  const { manualSelector, selector, template } = spec;
  if (manualSelector === true || selector === undefined) return;
  const { uid = '', name = '' } = metadata ?? {};
  if (uid === '') causes.push(required('metadata.uid'));
  const labels = template?.metadata?.labels ?? {};
  const expected: Record<string, string> = {};
  for (const label of JOB_UID_LABELS) expected[label] = uid;
  for (const label of JOB_NAME_LABELS) expected[label] = name;
  for (const [label, value] of Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${label}]`;
    if (labels[label] === undefined) causes.push(required(field, `must be '${value}'`));
    else if (labels[label] !== value) causes.push(invalidValue(field, labels, `must be '${value}'`));
  }
  const problems: Cause[] = [];
  checkLabelSelector(selector, 'spec.selector', problems);
  if (problems.length === 0 && !labelSelectorOf(selector).matches(expected)) {
    causes.push(invalidValue('spec.selector', selector, '`selector` not auto-generated'));
  }
}
