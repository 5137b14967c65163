import { HollowRuntime } from '@reckon/cri';
import type { Clock, Logger } from '@reckon/service';
import type { NodeApi } from '../api/types.ts';
import { EventRecorder } from '../events/recorder.ts';
import { HollowHost } from '../host/hollow-host.ts';
import { Images } from '../images/images.ts';
import { PullSecrets } from '../images/pull-secrets.ts';
import { LeaseKeeper } from '../node/lease.ts';
import type { MachineFacts, MachinePressure } from '../node/machine.ts';
import { NodeKeeper } from '../node/node-keeper.ts';
import { nodeResources } from '../node/node-object.ts';
import { SharedObjects } from '../objects/shared-objects.ts';
import { Pods } from '../pods.ts';
import { HollowProber } from '../probes/hollow-prober.ts';

export interface HollowAgentOptions {
  readonly nodeName: string;
  readonly address: string;
  readonly podCidr: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly maxPods: number;
  readonly leaseRenewMs: number;
  readonly api: NodeApi;
  readonly clock: Clock;
  readonly log: Logger;
}

const DISK_BYTES = 100 * 1024 ** 3;

/** The agent of a node that exists only as state: the same pods, the same API, nothing on the machine. */
export class HollowAgent {
  readonly #options: HollowAgentOptions;
  readonly #keeper: NodeKeeper;
  readonly #lease: LeaseKeeper;
  readonly #pods: Pods;
  readonly #runtime: HollowRuntime;

  constructor(options: HollowAgentOptions) {
    this.#options = options;
    const { api, clock, log, nodeName, address, podCidr, maxPods, cpus, memoryBytes } = options;
    const runtime = new HollowRuntime({ clock, seed: nodeName, podCidr });
    const events = new EventRecorder({ api, clock, log, nodeName });
    const objects = new SharedObjects({ api, clock, onChange: () => {} });
    const machine = machineOf(nodeName, cpus, memoryBytes);
    this.#runtime = runtime;
    this.#keeper = new NodeKeeper({
      api,
      runtime,
      clock,
      log,
      events,
      machine,
      identity: { name: nodeName, address, podCidr, port: 0, maxPods },
      resources: nodeResources(machine, maxPods),
      pressure: async () => pressureOf(memoryBytes),
    });
    const owner = () => this.#keeper.reference;
    const renewEveryMs = options.leaseRenewMs;
    this.#lease = new LeaseKeeper({ api, clock, log, nodeName, owner, renewEveryMs });
    this.#pods = new Pods({
      api,
      nodeName,
      deps: {
        clock,
        log,
        runtime,
        api,
        events,
        host: new HollowHost(),
        images: new Images({ runtime, clock }),
        pullSecrets: new PullSecrets(objects),
        hooks: { run: async () => undefined },
        prober: new HollowProber(),
        node: () => ({ ips: [address], runtimeName: 'hollow' }),
        owners: new Map(),
      },
    });
  }

  get ready(): boolean {
    return this.#keeper.ready;
  }

  async start(): Promise<void> {
    await this.#keeper.start();
    this.#lease.start();
    await this.#pods.start();
    this.#options.log.debug('a hollow node is registered', { node: this.#options.nodeName });
  }

  stop(): void {
    this.#lease.stop();
    this.#keeper.stop();
    this.#pods.stop();
    this.#runtime.close();
  }
}

function machineOf(name: string, cpus: number, memoryBytes: number): MachineFacts {
  return {
    cpus,
    memoryBytes,
    diskBytes: DISK_BYTES,
    machineId: name,
    systemUuid: name,
    bootId: name,
    kernelVersion: 'none',
    osImage: 'hollow',
    architecture: 'amd64',
  };
}

function pressureOf(memoryBytes: number): MachinePressure {
  return {
    memoryAvailableBytes: memoryBytes,
    diskAvailableBytes: DISK_BYTES,
    diskBytes: DISK_BYTES,
    pids: 1,
    maxPids: 32_768,
  };
}
