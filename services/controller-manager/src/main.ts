import { runLeadingService } from '@reckon/client';
import { controllerManagerConfig, runService } from '@reckon/service';
import { loadSigner } from './certificates/load-signer.ts';
import { runControlLoops } from './control-loops.ts';
import { ALL_RESOURCES, OWNERS_ONLY } from './resources.ts';

await runService('controller-manager', {
  config: controllerManagerConfig,
  main: (context) =>
    runLeadingService(context, {
      resources: ALL_RESOURCES,
      ownersOnly: OWNERS_ONLY,
      lease: 'kube-controller-manager',
      lead: async (term) => {
        const signer = await loadSigner(context.config.signing, { clock: context.clock, api: term.api });
        const { workers, nodeMonitorGraceSeconds, terminatedPods } = context.config;
        const options = {
          ...context,
          ...term,
          workers,
          nodeGraceMs: nodeMonitorGraceSeconds * 1_000,
          signer,
          terminatedPods,
        };
        return runControlLoops(options, term.signal);
      },
    }),
});
