import type { CronJob, CronJobSpec, JobTemplateSpec } from '@reckon/proto/reckon/api/batch/v1/cron_job.ts';
import { parseCronSchedule, timeZoneProblem } from '../../cron/schedule.ts';
import type { Cause } from '../../errors/api-error.ts';
import { type NameCheck, subdomainName } from '../../names/object-name.ts';
import { invalidValue, notSupported } from '../causes.ts';
import { checkAnnotations, checkLabels } from '../labels.ts';
import type { Frozen, KindRules } from '../types.ts';
import { checkJobSpec } from './spec.ts';

/** A Job adds its own suffix to a CronJob's name, and a pod one to the Job's, which has to be a label. */
const MAX_NAME_LENGTH = 52;

const cronJobName: NameCheck = (name, prefix) => {
  const problems = subdomainName(name, prefix);
  if (prefix || name.length <= MAX_NAME_LENGTH) return problems;
  return [...problems, `must be no more than ${MAX_NAME_LENGTH} characters`];
};

export const CRON_JOB: KindRules<CronJob> = {
  name: cronJobName,
  object: ({ spec = {} }, causes) => {
    checkSchedule(spec, causes);
    checkTimeZone(spec.timeZone, causes);
    checkJobTemplate(spec.jobTemplate ?? {}, 'spec.jobTemplate', causes);
  },
};

function checkSchedule({ schedule = '', timeZone }: Frozen<CronJobSpec>, causes: Cause[]): void {
  if (schedule === '') return;
  const field = 'spec.schedule';
  if (schedule.includes('TZ')) {
    const why =
      timeZone === undefined
        ? 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
        : 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
    causes.push(invalidValue(field, schedule, why));
    return;
  }
  const parsed = parseCronSchedule(schedule);
  if (typeof parsed === 'string') causes.push(invalidValue(field, schedule, parsed));
}

function checkTimeZone(timeZone: string | undefined, causes: Cause[]): void {
  if (timeZone === undefined) return;
  const field = 'spec.timeZone';
  if (timeZone === '') {
    causes.push(invalidValue(field, timeZone, 'timeZone must be nil or non-empty string'));
  } else if (timeZone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    causes.push(invalidValue(field, timeZone, why));
  } else {
    const problem = timeZoneProblem(timeZone);
    if (problem !== undefined) causes.push(invalidValue(field, timeZone, problem));
  }
}

function checkJobTemplate(template: Frozen<JobTemplateSpec>, path: string, causes: Cause[]): void {
  const { metadata, spec = {} } = template;
  checkLabels(metadata?.labels, `${path}.labels`, causes);
  checkAnnotations(metadata?.annotations, `${path}.annotations`, causes);
  checkJobSpec(spec, `${path}.spec`, causes);
  if (spec.selector !== undefined) {
    causes.push(invalidValue(`${path}.spec.selector`, spec.selector, '`selector` will be auto-generated'));
  }
  if (spec.manualSelector === true) {
    causes.push(notSupported(`${path}.spec.manualSelector`, true, ['nil', 'false']));
  }
}
