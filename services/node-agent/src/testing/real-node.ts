import { mkdir } from 'node:fs/promises';
import { EVENTS, type Frozen, PODS, type Stored } from '@reckon/client';
import { ContainerdRuntime } from '@reckon/cri';
import { startContainerd, type TestContainerd } from '@reckon/cri/testing/containerd.ts';
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { silentLogger, systemClock } from '@reckon/service';
import { NodeAgent, type NodeAgentOptions } from '../agent/node-agent.ts';
import { MemoryNodeApi } from '../api/memory-node-api.ts';
import { mountsBelow, unmount } from '../volumes/mounts.ts';

export interface RealNodeOptions {
  /** At most 8 letters. */
  readonly name: string;
  /** Third octet of the pods' network. */
  readonly subnet: number;
  readonly images?: readonly Buffer[];
  readonly agent?: Partial<NodeAgentOptions>;
  readonly intercept?: (call: string) => Promise<void> | void;
}

/** A node with real containers: everything but the API. */
export class RealNode {
  readonly containerd: TestContainerd;
  readonly api: MemoryNodeApi;
  readonly stateDir: string;
  readonly #options: RealNodeOptions;
  #agent: NodeAgent | undefined;
  #runtime: ContainerdRuntime | undefined;
  #uids = 0;

  constructor(options: RealNodeOptions, containerd: TestContainerd) {
    this.#options = options;
    this.containerd = containerd;
    this.stateDir = `${containerd.dir}/node`;
    this.api = new MemoryNodeApi({ clock: systemClock, intercept: options.intercept });
  }

  static async start(options: RealNodeOptions): Promise<RealNode> {
    const containerd = await startContainerd(options);
    const node = new RealNode(options, containerd);
    await mkdir(node.stateDir);
    await node.startAgent();
    return node;
  }

  get agent(): NodeAgent {
    if (!this.#agent) throw new Error('the agent does not run');
    return this.#agent;
  }

  /** For tests that cut the agent off in the middle of something. */
  agentParts(): { readonly runtime: ContainerdRuntime } {
    if (!this.#runtime) throw new Error('the agent does not run');
    return { runtime: this.#runtime };
  }

  async startAgent(): Promise<void> {
    const { name, agent } = this.#options;
    // A connection of its own: closing it cuts off what is under way, as the end of a process does.
    const runtime = new ContainerdRuntime({ socket: this.containerd.socket, clock: systemClock });
    this.#runtime = runtime;
    this.#agent = new NodeAgent({
      nodeName: name,
      address: '127.0.0.1',
      podCidr: `10.199.${this.#options.subnet}.0/24`,
      stateDir: this.stateDir,
      cgroupRoot: this.containerd.cgroupRoot,
      cluster: { dnsIp: '10.96.0.10', domain: 'cluster.local' },
      maxPods: 110,
      leaseRenewMs: 2_000,
      server: undefined,
      runtime,
      api: this.api,
      network: undefined,
      clock: systemClock,
      log: silentLogger,
      ...agent,
    });
    await this.#agent.start();
  }

  /** As far as anybody can tell from outside, `kill -9`: nothing that is under way is finished. */
  async killAgent(): Promise<void> {
    this.#runtime?.close();
    await this.#agent?.stop();
    this.#agent = undefined;
  }

  /** Creates a pod on this node, with the defaults that an API server fills in. */
  create(name: string, spec: Pod['spec'], metadata: Pod['metadata'] = {}): Stored<Pod> {
    return this.api.put<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', uid: `${this.#options.name}-${this.#uids++}`, ...metadata },
      spec: {
        nodeName: this.#options.name,
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 1,
        ...spec,
      },
      status: { phase: 'Pending' },
    });
  }

  pod(name: string): Stored<Pod> | undefined {
    return this.api.find<Pod>(PODS, 'default', name);
  }

  delete(name: string, graceS?: number): void {
    this.api.remove(PODS, { namespace: 'default', name }, graceS);
  }

  /** Resolves with the pod as soon as it is so; undefined: it is gone. */
  until(
    name: string,
    holds: (pod: Stored<Pod> | undefined) => boolean,
    withinMs = 20_000,
  ): Promise<Stored<Pod> | undefined> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const pod = this.pod(name);
        if (!holds(pod)) return;
        cancel();
        subscription.close();
        resolve(pod);
      };
      const subscription = this.api.follow(PODS, {}, { replace: check, put: check, remove: check });
      const cancel = systemClock.after(withinMs, () => {
        subscription.close();
        reject(
          new Error(
            `pod ${name} is still ${JSON.stringify(this.pod(name)?.status, null, 2)}; events: ${this.events(name).join('; ')}`,
          ),
        );
      });
    });
  }

  /** Resolves once this was told of the pod. */
  async untilEvent(name: string, event: string): Promise<void> {
    const told = Promise.withResolvers<void>();
    const check = () => {
      if (this.events(name).includes(event)) told.resolve();
    };
    const subscription = this.api.follow(EVENTS, {}, { replace: check, put: check, remove: check });
    const cancel = systemClock.after(20_000, () => {
      told.reject(new Error(`of pod ${name} was only told: ${this.events(name).join('; ')}`));
    });
    await told.promise.finally(() => {
      cancel();
      subscription.close();
    });
  }

  /** Resolves once the agent has nothing to do any more for a pod that was deleted. */
  async forgotten(uid: string): Promise<void> {
    const worker = this.agent.pods?.byUid(uid);
    if (!worker) return;
    await new Promise<void>((resolve) => {
      worker.onChange(() => {
        if (worker.memory.cleaned && worker.memory.underWay.size === 0) resolve();
      });
    });
  }

  async ready(name: string): Promise<Stored<Pod>> {
    const pod = await this.until(name, (each) => isReady(each));
    if (!pod) throw new Error(`pod ${name} is gone`);
    return pod;
  }

  /** `Reason: message` of a pod's events in the order in which they were first told. */
  events(name: string): readonly string[] {
    return this.api
      .list<Event>(EVENTS)
      .filter(({ involvedObject }) => involvedObject?.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** What a command in a pod's container prints. */
  async exec(name: string, ...command: readonly string[]): Promise<string> {
    const id = this.pod(name)?.status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '';
    const { stdout, stderr, exitCode } = await this.containerd.runtime.execSync(id, command, 10);
    if (exitCode !== 0)
      throw new Error(`exit code ${exitCode}: ${Buffer.from(stderr)}${Buffer.from(stdout)}`);
    return Buffer.from(stdout).toString().trim();
  }

  async stop(): Promise<void> {
    await this.killAgent();
    for (const point of await mountsBelow(this.stateDir)) await unmount(point);
    await this.containerd.stop();
  }
}

export function isReady(pod: Frozen<Pod> | undefined): boolean {
  return pod?.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
}
