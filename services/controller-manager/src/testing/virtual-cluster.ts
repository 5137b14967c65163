import { isPodFinished, loadSchema, rfc3339 } from '@reckon/api';
import type { ApiClient, Stored } from '@reckon/client';
import { EventRecorder, LEASES, LogProjection, MemoryApi, NODES, nameOf, PODS } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { Metrics, SeededRandom, VirtualClock } from '@reckon/service';
import { runControlLoops } from '../control-loops.ts';
import { targetNode } from '../daemonset/placement.ts';
import { ALL_RESOURCES, OWNERS_ONLY } from '../resources.ts';
import { JumpingClock } from './jumping-clock.ts';

const STEP_MS = 100;
const HEARTBEAT_MS = 2_000;
export const SETTINGS = {
  workers: 4,
  nodeGraceMs: 6_000,
  signer: {
    /** Whatever is asked for is a client certificate of node `joining`. */
    parse: () => ({
      commonName: 'system:node:joining',
      organizations: ['system:nodes'],
      dnsNames: [],
      ipAddresses: [],
      emailAddresses: [],
      uris: [],
    }),
    mayCreate: async () => false,
    sign: async () => 'a certificate',
  },
};

/** What is written gets the defaults it would get from the API server, and is refused where it would be. */
const schema = loadSchema();

/**
 * A cluster in one process under virtual time: the real controllers over the in-memory API, and nodes that bind
 * pods to themselves, run them at once, and stop them at once.
 */
export class VirtualCluster {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(7);
  readonly api = new MemoryApi({ clock: this.clock, random: this.random, schema });
  #stop = new AbortController();
  readonly #nodes = new Set<string>();
  readonly #endings: Promise<unknown>[] = [];
  readonly #ips = new Map<string, string>();
  /** Images that never get ready. */
  readonly broken = new Set<string>();
  /** How a pod that runs ends; undefined: it goes on. */
  outcome: (pod: Stored<Pod>) => 'Succeeded' | 'Failed' | undefined = () => undefined;
  /** Of the controllers since they were last started. */
  metrics = new Metrics();
  /** How many pods that have ended may stay. */
  terminatedPods: number | undefined;
  /** Nodes that join need nobody's approval. */
  mayJoin = false;
  /** The time as the controllers see it. */
  readonly controllerClock = new JumpingClock(this.clock);
  /** The API as the controllers see it. */
  controllerApi: ApiClient = this.api;
  /** Called at every step, with the pods as they are. */
  onStep: ((pods: readonly Stored<Pod>[]) => void) | undefined;

  async start(nodes: readonly string[]): Promise<void> {
    for (const name of nodes) await this.addNode(name);
    this.#startControllers();
  }

  /** Kills the controllers and starts them anew: what they only remembered is lost. */
  async restartControllers(): Promise<void> {
    await this.stop();
    this.#stop = new AbortController();
    this.#startControllers();
  }

  #startControllers(): void {
    this.metrics = new Metrics();
    const { controllerApi: api, controllerClock: clock, random, metrics, terminatedPods } = this;
    const { signal } = this.#stop;
    const signer = { ...SETTINGS.signer, mayCreate: async () => this.mayJoin };
    const projection = new LogProjection({ api, clock, resources: ALL_RESOURCES, ownersOnly: OWNERS_ONLY });
    const events = new EventRecorder({ api, clock, instance: 'test' });
    this.#endings.push(
      projection
        .start()
        .then(() =>
          runControlLoops(
            { projection, api, events, clock, random, metrics, terminatedPods, ...SETTINGS, signer },
            signal,
          ),
        ),
    );
    signal.addEventListener('abort', () => {
      this.#endings.push(projection.stop(), events.close());
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.clock.advance(1_000);
    await Promise.allSettled(this.#endings);
  }

  async addNode(name: string): Promise<void> {
    this.#nodes.add(name);
    await this.api.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
    };
    await this.api.create(LEASES, lease);
    await this.returnNode(name);
  }

  /** It falls silent, as if its cable had been pulled. */
  loseNode(name: string): void {
    this.#nodes.delete(name);
  }

  /** It is heard of again, and says that it is ready. */
  async returnNode(name: string): Promise<void> {
    this.#nodes.add(name);
    await this.#beat();
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: rfc3339(this.clock.nowMs()) }];
    const patch = { type: 'merge', value: { status: { conditions } } } as const;
    await this.api.patch(NODES, { namespace: '', name }, patch, { subresource: 'status' });
  }

  async pods(): Promise<readonly Stored<Pod>[]> {
    return (await this.api.list(PODS, { namespace: 'default' })).items;
  }

  /** Lets virtual time pass, with everybody working; nodes look up every `stepMs` (at most a heartbeat). */
  async run(ms: number, stepMs = STEP_MS): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      if (this.clock.nowMs() % HEARTBEAT_MS < stepMs) await this.#beat();
      await this.#work();
      await this.clock.advance(stepMs);
      this.onStep?.(await this.pods());
    }
  }

  async #beat(): Promise<void> {
    for (const name of this.#nodes) {
      const spec = { holderIdentity: name, renewTime: rfc3339(this.clock.nowMs()) };
      await this.api.patch(
        LEASES,
        { namespace: 'kube-node-lease', name },
        { type: 'merge', value: { spec } },
      );
    }
  }

  async #work(): Promise<void> {
    const alive = [...this.#nodes];
    for (const [i, pod] of (await this.pods()).entries()) {
      const target = nameOf(pod);
      const node = targetNode(pod) || alive[i % alive.length];
      if (!node || !this.#nodes.has(node)) continue;
      if (pod.metadata.deletionTimestamp && pod.metadata.deletionGracePeriodSeconds === 0) continue;
      if (pod.metadata.deletionTimestamp) {
        await this.api.delete(PODS, target, {
          gracePeriodSeconds: 0,
          preconditions: { uid: pod.metadata.uid },
        });
      } else if (!pod.spec?.nodeName) {
        await this.api.create(PODS, { metadata: target, target: { kind: 'Node', name: node } } as object, {
          subresource: 'binding',
        });
      } else if (pod.status?.phase === 'Pending') {
        await this.#runPod(pod);
      } else if (!isPodFinished(pod)) {
        await this.#finishPod(pod, this.outcome(pod));
      }
    }
  }

  async #runPod(pod: Stored<Pod>): Promise<void> {
    const ip = this.#ips.get(pod.metadata.uid) ?? `10.244.0.${this.#ips.size + 2}`;
    this.#ips.set(pod.metadata.uid, ip);
    const ready = !this.broken.has(pod.spec?.containers?.[0]?.image ?? '');
    const now = rfc3339(this.clock.nowMs());
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: now }];
    const value = { status: { phase: 'Running', podIP: ip, conditions } };
    await this.api.patch(PODS, nameOf(pod), { type: 'merge', value }, { subresource: 'status' });
  }

  async #finishPod(pod: Stored<Pod>, phase: 'Succeeded' | 'Failed' | undefined): Promise<void> {
    if (!phase) return;
    const terminated = {
      exitCode: phase === 'Failed' ? 1 : 0,
      reason: phase === 'Failed' ? 'Error' : 'Completed',
      finishedAt: rfc3339(this.clock.nowMs()),
    };
    const containerStatuses = [{ name: 'c', state: { terminated } }];
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: terminated.finishedAt }];
    const value = { status: { phase, containerStatuses, conditions } };
    await this.api.patch(PODS, nameOf(pod), { type: 'merge', value }, { subresource: 'status' });
  }
}
