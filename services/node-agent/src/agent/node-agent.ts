import { mkdir, readFile } from 'node:fs/promises';
import type { Frozen, ResourceType } from '@reckon/client';
import type { Runtime } from '@reckon/cri';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { Clock, ClusterConfig, Logger } from '@reckon/service';
import type { NodeApi } from '../api/types.ts';
import { hasCgroupV2, podCgroups } from '../cgroup/detect.ts';
import { parseResolvConf } from '../container/dns.ts';
import { EventRecorder } from '../events/recorder.ts';
import { Layout } from '../host/layout.ts';
import { LinuxHost } from '../host/linux-host.ts';
import { lowestOomScoreAdj } from '../host/oom.ts';
import { mountSecretsDir } from '../host/secrets-dir.ts';
import { Images } from '../images/images.ts';
import { PullSecrets } from '../images/pull-secrets.ts';
import { RuntimeHooks } from '../lifecycle/hooks.ts';
import { LogRotation } from '../logs/rotation.ts';
import { LeaseKeeper } from '../node/lease.ts';
import { readMachine, readPressure } from '../node/machine.ts';
import { NodeKeeper } from '../node/node-keeper.ts';
import { nodeResources } from '../node/node-object.ts';
import { SharedObjects } from '../objects/shared-objects.ts';
import type { PodDeps } from '../pod/worker/context.ts';
import type { PodWorker } from '../pod/worker/pod-worker.ts';
import { Pods } from '../pods.ts';
import { probeAsker } from '../probes/ask.ts';
import { ContainerProber } from '../probes/container-prober.ts';
import { NodePodDirectory } from '../server/pod-directory.ts';
import { NodeServer } from '../server/server.ts';
import { ServicesView } from '../services-view.ts';
import { Tokens } from '../volumes/tokens.ts';
import { Volumes } from '../volumes/volumes.ts';
import { hostPorts } from './host-ports.ts';
import { type Network, NetworkFeed } from './network-feed.ts';

/** As on every Linux. */
const MACHINE_LOGS = '/var/log';

export interface NodeAgentOptions {
  readonly nodeName: string;
  readonly address: string;
  readonly podCidr: string;
  readonly stateDir: string;
  readonly cgroupRoot: string;
  readonly cluster: Pick<ClusterConfig, 'dnsIp' | 'domain'>;
  readonly maxPods: number;
  readonly leaseRenewMs: number;
  /** Undefined: logs, exec and the like are not served. */
  readonly server:
    | {
        readonly host: string;
        readonly port: number;
        readonly tls: { ca: string; cert: string; key: string };
      }
    | undefined;
  readonly runtime: Runtime;
  readonly api: NodeApi;
  /** Undefined: no Services on this node. */
  readonly network: Network | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The agent of one Linux machine, put together. */
export class NodeAgent {
  readonly #options: NodeAgentOptions;
  #stops: (() => Promise<void> | void)[] = [];
  #pods: Pods | undefined;
  #keeper: NodeKeeper | undefined;

  constructor(options: NodeAgentOptions) {
    this.#options = options;
  }

  get pods(): Pods | undefined {
    return this.#pods;
  }

  get ready(): boolean {
    return this.#keeper?.ready === true;
  }

  /** Resolves once the node is registered and every pod of it has its worker. */
  async start(): Promise<void> {
    const { api, clock, log, runtime, nodeName, address, podCidr, stateDir, maxPods, network } =
      this.#options;
    await mkdir(stateDir, { recursive: true });
    const layout = new Layout(stateDir);
    await mountSecretsDir(layout.secretsDir);
    const machine = await readMachine(stateDir);
    const resources = nodeResources(machine, maxPods);
    const events = new EventRecorder({ api, clock, log, nodeName });
    const services = new ServicesView(api);
    const objects = new SharedObjects({
      api,
      clock,
      onChange: (user, resource) => this.#objectChanged(user, resource),
    });
    const tokens = new Tokens({ api, clock });
    const volumes = new Volumes({
      layout,
      objects,
      tokens,
      clock,
      log,
      allocatable: () => resources.allocatable,
    });
    this.#volumes = volumes;
    const host = await this.#host(
      { layout, volumes, objects, services: () => services.all() },
      {
        memoryCapacityBytes: machine.memoryBytes,
        allocatable: resources.allocatable,
      },
    );
    const version = await untilAnswered(() => runtime.version(), clock, log);
    const deps: PodDeps = {
      clock,
      log,
      runtime,
      host,
      api,
      events,
      images: new Images({ runtime, clock }),
      pullSecrets: new PullSecrets(objects),
      hooks: new RuntimeHooks({ runtime, clock }),
      prober: new ContainerProber({ clock, log, ask: probeAsker({ runtime, clock }) }),
      node: () => ({ ips: [address], runtimeName: version.name }),
      owners: new Map(),
    };
    const feed =
      network &&
      new NetworkFeed({ api, network, onError: (error) => log.error('Services failed', { error }) });
    const pods: Pods = new Pods({
      deps,
      api,
      nodeName,
      onRelabelled: (worker) => this.#refresh(worker, 'Pod'),
      onChange: () => feed?.setHostPorts(hostPorts(pods)),
    });
    this.#pods = pods;
    const server = this.#server(pods);
    const port = (await server?.start()) ?? 0;
    const keeper = new NodeKeeper({
      api,
      runtime,
      clock,
      log,
      events,
      machine,
      resources,
      identity: { name: nodeName, address, podCidr, port, maxPods },
      pressure: () => readPressure(stateDir),
      onReady: () => pods.retryNow(),
    });
    this.#keeper = keeper;
    const owner = () => keeper.reference;
    const renewEveryMs = this.#options.leaseRenewMs;
    const lease = new LeaseKeeper({ api, clock, log, nodeName, owner, renewEveryMs });
    const rotation = new LogRotation({ runtime, clock, log, logs: () => runningLogs(pods) });
    const runtimeEvents = runtime.events((event) => {
      if (event.type === 'image' || event.type === 'connected' || event.type === 'disconnected')
        void keeper.look();
    });
    this.#stops = [
      () => runtimeEvents.close(),
      () => lease.stop(),
      () => rotation.stop(),
      () => keeper.stop(),
      () => pods.stop(),
      () => feed?.stop(),
      () => services.stop(),
      () => volumes.stop(),
      () => objects.stop(),
      () => server?.stop(),
      () => events.stop(),
    ];
    rotation.start();
    await keeper.start();
    lease.start();
    await pods.start();
    log.info('the node is registered', { node: nodeName, pods: pods.all().length });
  }

  /** Lets go of everything. Pods go on running, and the next agent finds them. */
  async stop(): Promise<void> {
    for (const stop of this.#stops) await stop();
  }

  #volumes: Volumes | undefined;

  /** A ConfigMap or Secret changed: files are written anew, and whoever waited for it tries again. */
  #objectChanged(uid: string, resource: ResourceType): void {
    const worker = this.#pods?.byUid(uid);
    if (!worker) return;
    this.#refresh(worker, resource.kind);
    worker.retryNow();
  }

  #refresh(worker: PodWorker, changed: string): void {
    const { metadata, status } = worker.model.object;
    // Its volumes are gone already, or about to go: nothing is made that nobody takes away.
    if (metadata.deletionTimestamp || status?.phase === 'Succeeded' || status?.phase === 'Failed') return;
    this.#volumes?.refresh(worker.model).catch((error) => {
      this.#options.log.warn('the files of a pod could not be renewed', {
        pod: worker.model.name,
        resource: changed,
        error,
      });
    });
  }

  async #host(
    parts: {
      readonly layout: Layout;
      readonly volumes: Volumes;
      readonly objects: SharedObjects;
      readonly services: () => Promise<readonly Frozen<Service>[]>;
    },
    node: { readonly memoryCapacityBytes: number; readonly allocatable: Readonly<Record<string, string>> },
  ): Promise<LinuxHost> {
    const { cgroupRoot, cluster, address } = this.#options;
    const [resolvConf, nodeHosts, lowest] = await Promise.all([
      readFile('/etc/resolv.conf', 'utf8').catch(() => ''),
      readFile('/etc/hosts', 'utf8').catch(() => ''),
      lowestOomScoreAdj(),
    ]);
    return new LinuxHost({
      ...parts,
      cgroups: podCgroups(cgroupRoot),
      cgroupV2: hasCgroupV2(),
      dns: { clusterDnsIp: cluster.dnsIp, clusterDomain: cluster.domain, host: parseResolvConf(resolvConf) },
      oom: { memoryCapacityBytes: node.memoryCapacityBytes, lowestOomScoreAdj: lowest },
      nodeIps: [address],
      nodeHosts,
      allocatable: () => node.allocatable,
    });
  }

  #server(pods: Pods): NodeServer | undefined {
    const { server, runtime, clock, log } = this.#options;
    const directory = new NodePodDirectory(pods);
    return (
      server && new NodeServer({ ...server, pods: directory, machineLogs: MACHINE_LOGS, runtime, clock, log })
    );
  }
}

function runningLogs(pods: Pods): readonly { readonly id: string; readonly path: string }[] {
  return pods.all().flatMap(({ memory, model, deps }) =>
    memory.containers.flatMap((instance) => {
      const path = instance.state === 'running' ? deps.host.logPath(model, instance) : undefined;
      return path === undefined ? [] : [{ id: instance.id, path }];
    }),
  );
}

const RUNTIME_RETRY_MS = 250;

/** The runtime may start after the agent. */
async function untilAnswered<T>(ask: () => Promise<T>, clock: Clock, log: Logger): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries % 20 === 0) log.warn('the container runtime does not answer yet', { error });
      await clock.sleep(RUNTIME_RETRY_MS);
    }
  }
}
