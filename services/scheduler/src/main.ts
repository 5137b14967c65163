import { NODES, PODS, runLeadingService } from '@reckon/client';
import { runService, schedulerConfig } from '@reckon/service';
import { Scheduler } from './shell/scheduler.ts';

await runService('scheduler', {
  config: schedulerConfig,
  main: (context) =>
    runLeadingService(context, {
      resources: [PODS, NODES],
      lease: 'kube-scheduler',
      lead: (term) => new Scheduler({ ...context, ...term }, term.signal).run(),
    }),
});
