import type { Job } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { JobSpec } from '@reckon/proto/reckon/api/batch/v1/types.ts';
import type { Cause } from '../../errors/api-error.ts';
import { immutable, invalidValue } from '../causes.ts';
import type { Frozen } from '../types.ts';

type Spec = Frozen<JobSpec>;

const FIXED = [
  'selector',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const;
/** Where pods are to run may change as long as there never was one. */
const PLACEMENT = ['nodeSelector', 'affinity', 'tolerations', 'schedulingGates'] as const;

/** What a Job does cannot change; how fast, for how long, and whether at all can. */
export function checkJobUpdate(after: Frozen<Job>, before: Frozen<Job>, causes: Cause[]): void {
  const spec: Spec = after.spec ?? {};
  const old: Spec = before.spec ?? {};
  checkCompletions(spec, old, causes);
  for (const field of FIXED) immutable(causes, `spec.${field}`, old[field], spec[field]);
  const neverRan = old.suspend === true && before.status?.startTime === undefined;
  const template = neverRan ? placedAs(old.template, spec.template) : old.template;
  immutable(causes, 'spec.template', template, spec.template);
}

function checkCompletions(spec: Spec, old: Spec, causes: Cause[]): void {
  if (spec.completions === old.completions) return;
  if (spec.completionMode !== 'Indexed') {
    immutable(causes, 'spec.completions', old.completions, spec.completions);
    return;
  }
  // An Indexed Job may grow and shrink where all of its pods run at the same time.
  if (spec.completions !== spec.parallelism || old.completions !== old.parallelism) {
    const why = 'can only be modified in tandem with spec.parallelism';
    causes.push(invalidValue('spec.completions', spec.completions ?? null, why));
  }
}

/** The old template with what may change taken from the new one. */
function placedAs(old: Spec['template'], next: Spec['template']): Spec['template'] {
  const placement: Record<string, unknown> = {};
  for (const field of PLACEMENT) placement[field] = next?.spec?.[field];
  const { labels, annotations } = next?.metadata ?? {};
  return {
    ...old,
    metadata: { ...old?.metadata, labels, annotations },
    spec: { ...old?.spec, ...placement },
  };
}
