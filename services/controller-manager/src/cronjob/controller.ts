import { type Controller, CRON_JOBS, JOBS, watchOwned, watchSelf } from '@reckon/client';
import { observeCronJob } from './observe.ts';
import { planCronJob } from './plan.ts';
import type { CronJobDesired, CronJobObserved } from './types.ts';

export const cronJobController: Controller<CronJobDesired, CronJobObserved> = {
  name: 'cronjob-controller',
  watches: [watchSelf(CRON_JOBS), watchOwned(JOBS, 'CronJob')],
  observe: observeCronJob,
  plan: planCronJob,
};
