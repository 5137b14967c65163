import { type NodeAgentConfig, nodeAgentConfig, runService, type ServiceContext } from '@reckon/service';
import { runHollow } from './agent/run-hollow.ts';
import { runLinux } from './agent/run-linux.ts';

await runService<NodeAgentConfig>('node-agent', {
  config: nodeAgentConfig,
  main: (context: ServiceContext<NodeAgentConfig>) =>
    context.config.runtime.type === 'hollow' ? runHollow(context) : runLinux(context),
});
