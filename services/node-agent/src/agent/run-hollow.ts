import { ApiError, parseQuantity, quantityValue } from '@reckon/api';
import { GrpcApi } from '@reckon/client';
import { aborted, type NodeAgentConfig, type ServiceContext } from '@reckon/service';
import { ClientNodeApi } from '../api/client-node-api.ts';
import { HollowAgent } from './hollow-agent.ts';
import { subnet } from './subnet.ts';
import { readTls } from './tls.ts';

const DEFAULT_CAPACITY = { cpu: '8', memory: '32Gi' };
/** Nodes that register at the same time; more would only wait in the API server. */
const STARTING_AT_ONCE = 50;

/** Many hollow nodes in one process. Each asks the API as itself, with the certificate of its own name. */
export async function runHollow(context: ServiceContext<NodeAgentConfig>): Promise<void> {
  const { config, clock, log, health, signal } = context;
  const { runtime, apiserver, address, podCidr, maxPods, nodeName } = config;
  if (runtime.type !== 'hollow') throw new ApiError('InternalError', 'hollow nodes have a hollow runtime');
  const { cpu, memory } = runtime.capacity ?? DEFAULT_CAPACITY;
  const agents: HollowAgent[] = [];
  const clients: GrpcApi[] = [];
  health.addReady('nodes', () => {
    const ready = agents.filter((agent) => agent.ready).length;
    if (ready < runtime.count) {
      throw new ApiError('ServiceUnavailable', `${ready} of ${runtime.count} hollow nodes are ready`);
    }
  });
  for (let first = 0; first < runtime.count && !signal.aborted; first += STARTING_AT_ONCE) {
    const batch = Array.from({ length: Math.min(STARTING_AT_ONCE, runtime.count - first) }, async (_, i) => {
      const index = first + i;
      const name = `${nodeName}-${index}`;
      const tls = await readTls(filesOf(config, name));
      const client = new GrpcApi({ address: apiserver, tls, clock });
      clients.push(client);
      const agent = new HollowAgent({
        nodeName: name,
        address,
        podCidr: subnet(podCidr, index, runtime.count),
        cpus: quantityValue(parseQuantity(cpu)),
        memoryBytes: quantityValue(parseQuantity(memory)),
        maxPods,
        leaseRenewMs: config.leaseRenewSeconds * 1_000,
        api: new ClientNodeApi({ client, clock, log: log.with({ node: name }) }),
        clock,
        log: log.with({ node: name }),
      });
      agents.push(agent);
      await Promise.race([agent.start(), aborted(signal)]);
    });
    await Promise.all(batch);
  }
  log.info('hollow nodes are registered', { count: agents.length });
  await aborted(signal);
  for (const agent of agents) agent.stop();
  for (const client of clients) client.close();
}

function filesOf({ tls }: NodeAgentConfig, name: string) {
  const named = (path: string) => path.replaceAll('{node}', name);
  return { ca: named(tls.ca), cert: named(tls.cert), key: named(tls.key) };
}
