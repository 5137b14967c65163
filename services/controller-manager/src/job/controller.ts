import { controllerOf } from '@reckon/api';
import { type Controller, JOBS, keyOf, PODS, watch, watchOwned, watchSelf } from '@reckon/client';
import { matches } from '../ownership.ts';
import { observeJob } from './observe.ts';
import { planJob } from './plan.ts';
import type { JobDesired, JobObserved } from './types.ts';

export const jobController: Controller<JobDesired, JobObserved> = {
  name: 'job-controller',
  watches: [
    watchSelf(JOBS),
    watchOwned(PODS, 'Job'),
    watch(PODS, ({ object: pod }, snapshot) =>
      controllerOf(pod)
        ? []
        : snapshot
            .list(JOBS, pod.metadata.namespace ?? '')
            .filter((job) => matches(job.spec?.selector, pod))
            .map(keyOf),
    ),
  ],
  observe: observeJob,
  plan: planJob,
};
