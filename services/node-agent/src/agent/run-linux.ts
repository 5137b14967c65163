import { readFile } from 'node:fs/promises';
import { ApiError } from '@reckon/api';
import { GrpcApi } from '@reckon/client';
import { ContainerdRuntime } from '@reckon/cri';
import { aborted, type NodeAgentConfig, type ServiceContext } from '@reckon/service';
import { ClientNodeApi } from '../api/client-node-api.ts';
import { bridgeName } from '../cni/conflist.ts';
import { writeConflist } from '../cni/write.ts';
import { parseResolvConf } from '../container/dns.ts';
import { createConntrack } from '../network/conntrack.ts';
import { createNft } from '../network/nft.ts';
import { NodeNetwork } from '../network/node-network.ts';
import { NodeAgent } from './node-agent.ts';
import { readTls } from './tls.ts';

/** One node on this machine, with a real container runtime. */
export async function runLinux(context: ServiceContext<NodeAgentConfig>): Promise<void> {
  const { config, clock, random, log, health, signal } = context;
  const { runtime: runtimeConfig, cluster, nodeName, address, podCidr, stateDir } = config;
  if (runtimeConfig.type !== 'cri') throw new ApiError('InternalError', 'a Linux node needs a real runtime');
  const tls = await readTls(config.tls);
  const client = new GrpcApi({ address: config.apiserver, tls, clock });
  const runtime = new ContainerdRuntime({ socket: runtimeConfig.socket, clock });
  await writeConflist(runtimeConfig.cniConfigDir, {
    bridge: bridgeName(cluster.id),
    podCidr,
    ipamDir: `${stateDir}/ipam`,
  });
  const network = new NodeNetwork({
    settings: {
      tableName: `reckon-${cluster.id}-${nodeName}`,
      podCidr: cluster.podCidr,
      serviceCidr: cluster.serviceCidr,
      clusterDomain: cluster.domain,
      dnsIP: cluster.dnsIp,
      nodeIP: address,
    },
    nft: createNft(),
    conntrack: createConntrack(),
    clock,
    random,
    upstreamServers: parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => '')).servers,
    onError: (message, error) => log.error(message, { error }),
  });
  const agent = new NodeAgent({
    nodeName,
    address,
    podCidr,
    stateDir,
    cluster,
    clock,
    log,
    runtime,
    network,
    cgroupRoot: config.cgroupRoot,
    maxPods: config.maxPods,
    leaseRenewMs: config.leaseRenewSeconds * 1_000,
    server: { ...config.server, tls },
    api: new ClientNodeApi({ client, clock, log }),
  });
  health.addReady('node', () => {
    if (!agent.ready) throw new ApiError('ServiceUnavailable', 'the node is not ready');
  });
  await network.start();
  const started = agent.start();
  await Promise.race([started, aborted(signal)]);
  await aborted(signal);
  await agent.stop();
  network.close();
  runtime.close();
  client.close();
}
