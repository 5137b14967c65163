import { ApiError } from '@reckon/api';
import {
  EVENTS,
  EventRecorder,
  InterceptedApi,
  LogProjection,
  MemoryApi,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  type WriteCall,
  type WriteHooks,
} from '@reckon/client';
import { SeededRandom, silentLogger, VirtualClock } from '@reckon/service';
import { SCHEDULER_RESOURCES } from '../resources.ts';
import { Scheduler } from '../shell/scheduler.ts';
import { type NodeShape, nodeObject, type PodShape, podSpec } from './objects.ts';

const NS = 'default';
export const at = (name: string) => ({ namespace: NS, name });

/** A scheduler process that can be killed. */
export class SchedulerProcess {
  readonly #stop = new AbortController();
  readonly #projection: LogProjection;
  readonly #events: EventRecorder;
  readonly #running: Promise<void>;

  constructor({ api, plainApi, clock }: World) {
    this.#projection = new LogProjection({ api, clock, resources: SCHEDULER_RESOURCES });
    this.#events = new EventRecorder({ api: plainApi, clock, instance: 'test' });
    const options = { projection: this.#projection, api, events: this.#events, clock, log: silentLogger };
    this.#running = this.#projection.start().then(
      () => new Scheduler(options, this.#stop.signal).run(),
      () => undefined,
    );
  }

  async kill(): Promise<void> {
    this.#stop.abort(new ApiError('ServiceUnavailable', 'killed'));
    await this.#projection.stop();
    await this.#events.close();
    await this.#running;
  }
}

/** A cluster of which only the API and the scheduler are there. */
export class World {
  readonly clock = new VirtualClock();
  readonly plainApi = new MemoryApi({ clock: this.clock, random: new SeededRandom(5) });
  readonly api: InterceptedApi;
  readonly calls: WriteCall[] = [];

  constructor(hooks: WriteHooks = {}) {
    this.api = new InterceptedApi(this.plainApi, {
      ...hooks,
      before: async (call) => {
        this.calls.push(call);
        await hooks.before?.(call);
      },
    });
  }

  node(name: string, shape?: NodeShape) {
    return this.plainApi.create(NODES, nodeObject(name, shape));
  }

  async pod(name: string, shape: PodShape = {}) {
    const { owner, labels } = shape;
    const ownerReferences = owner
      ? [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }]
      : [];
    const metadata = { ...at(name), labels, ownerReferences };
    return this.plainApi.create(PODS, { metadata, spec: podSpec(shape) });
  }

  /** Allows no disruption. */
  budget(name: string, matchLabels: Record<string, string>) {
    const status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    return this.plainApi.create(POD_DISRUPTION_BUDGETS, {
      metadata: at(name),
      spec: { selector: { matchLabels }, maxUnavailable: 0 },
      status,
    });
  }

  /** `pod: node`; '' for those without. */
  async placed(): Promise<Record<string, string>> {
    const { items } = await this.plainApi.list(PODS);
    return Object.fromEntries(items.map((pod) => [pod.metadata.name, pod.spec?.nodeName ?? '']));
  }

  async events(): Promise<readonly string[]> {
    const { items } = await this.plainApi.list(EVENTS);
    return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`).sort();
  }

  bindings(): readonly WriteCall[] {
    return this.calls.filter(({ options }) => options.subresource === 'binding');
  }
}
