import { EVENTS, type Frozen, PODS, type Stored } from '@reckon/client';
import { type HollowOptions, HollowRuntime } from '@reckon/cri';
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { silentLogger, VirtualClock } from '@reckon/service';
import { MemoryNodeApi } from '../api/memory-node-api.ts';
import { EventRecorder } from '../events/recorder.ts';
import { HollowHost } from '../host/hollow-host.ts';
import { Images } from '../images/images.ts';
import { PullSecrets } from '../images/pull-secrets.ts';
import { RuntimeHooks } from '../lifecycle/hooks.ts';
import { SharedObjects } from '../objects/shared-objects.ts';
import type { PodDeps } from '../pod/worker/context.ts';
import { Pods } from '../pods.ts';
import { probeAsker } from '../probes/ask.ts';
import { ContainerProber } from '../probes/container-prober.ts';

export interface HollowNodeOptions {
  readonly runtime?: Partial<HollowOptions>;
  readonly intercept?: (call: string) => Promise<void> | void;
}

/** A node under virtual time: everything is real but the API, the runtime and the machine. */
export class HollowNode {
  readonly clock = new VirtualClock();
  readonly api: MemoryNodeApi;
  readonly runtime: HollowRuntime;
  #pods: Pods | undefined;

  constructor(options: HollowNodeOptions = {}) {
    this.api = new MemoryNodeApi({ clock: this.clock, intercept: options.intercept });
    this.runtime = new HollowRuntime({
      clock: this.clock,
      seed: 'node-1',
      podCidr: '10.244.1.0/24',
      ...options.runtime,
    });
  }

  get pods(): Pods {
    if (!this.#pods) throw new Error('the agent does not run');
    return this.#pods;
  }

  /** Starts an agent; a second time, one that knows nothing of the first. */
  async startAgent(): Promise<void> {
    const { clock, api, runtime } = this;
    const log = silentLogger;
    const objects = new SharedObjects({ api, clock, onChange: () => {} });
    const deps: PodDeps = {
      clock,
      log,
      runtime,
      api,
      host: new HollowHost(),
      images: new Images({ runtime, clock }),
      pullSecrets: new PullSecrets(objects),
      hooks: new RuntimeHooks({ runtime, clock }),
      prober: new ContainerProber({ clock, log, ask: probeAsker({ runtime, clock }) }),
      events: new EventRecorder({ api, clock, log, nodeName: 'node-1' }),
      node: () => ({ ips: ['192.168.1.2'], runtimeName: 'hollow' }),
      owners: new Map(),
    };
    const pods = new Pods({ deps, api, nodeName: 'node-1' });
    this.#pods = pods;
    // Not waited for: while the runtime or the API fails it takes as long as they do.
    void pods.start();
    await this.settle();
  }

  /** As `kill -9`: nothing is finished, nothing is told. */
  killAgent(): void {
    this.pods.stop();
    this.#pods = undefined;
  }

  put(pod: Frozen<Pod>): Stored<Pod> {
    return this.api.put<Pod>(PODS, pod);
  }

  pod(name = 'web'): Stored<Pod> | undefined {
    return this.api.find<Pod>(PODS, 'default', name);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await this.clock.advance(0);
  }

  async advance(byMs: number): Promise<void> {
    await this.clock.advance(byMs);
    await this.settle();
  }

  /** `Reason: message`, in the order in which they were first told. */
  events(): readonly string[] {
    return this.api.list<Event>(EVENTS).map(({ reason, message }) => `${reason}: ${message}`);
  }

  async running(): Promise<readonly string[]> {
    const all = await this.runtime.listContainers();
    return all.filter((each) => each.state === 'running').map((each) => `${each.name}#${each.attempt}`);
  }
}
