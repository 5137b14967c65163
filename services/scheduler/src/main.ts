import { runLeadingService } from '@reckon/client';
import { runService, schedulerConfig } from '@reckon/service';
import { SCHEDULER_RESOURCES } from './resources.ts';
import { Scheduler } from './shell/scheduler.ts';

await runService('scheduler', {
  config: schedulerConfig,
  main: (context) =>
    runLeadingService(context, {
      resources: SCHEDULER_RESOURCES,
      lease: 'kube-scheduler',
      lead: (term) => new Scheduler({ ...context, ...term }, term.signal).run(),
    }),
});
