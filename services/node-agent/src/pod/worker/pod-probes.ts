import type { ProbeWatch } from '../../probes/types.ts';
import { allContainers } from '../model.ts';
import type { PodContext } from './context.ts';

/** Keeps exactly the probes of a pod's running containers going. */
export class PodProbes {
  readonly #pod: PodContext;
  readonly #watches = new Map<string, ProbeWatch>();

  constructor(pod: PodContext) {
    this.#pod = pod;
  }

  /** To be called whenever containers may have started or ended. */
  follow(ending: boolean): void {
    const { memory, model, deps } = this.#pod;
    const running = new Map(
      memory.containers.filter((each) => each.state === 'running').map((each) => [each.id, each]),
    );
    for (const [id, watch] of this.#watches) {
      if (ending) watch.ending();
      if (running.has(id)) continue;
      watch.stop();
      this.#watches.delete(id);
    }
    if (ending) return;
    for (const container of allContainers(model)) {
      const { startupProbe, livenessProbe, readinessProbe } = container.spec;
      if (!startupProbe && !livenessProbe && !readinessProbe) continue;
      for (const instance of running.values()) {
        if (instance.name !== container.name || this.#watches.has(instance.id)) continue;
        const sandbox = memory.sandboxes.find((each) => each.id === instance.sandboxId);
        const watch = deps.prober.watch({
          pod: model,
          container,
          containerId: instance.id,
          podIp: sandbox?.ips[0] ?? deps.node().ips[0] ?? '127.0.0.1',
          startedAtMs: instance.startedAtMs,
          initially: memory.probes.get(instance.id) ?? this.#recorded(container.name, instance.id),
          report: (state) => {
            memory.probes.set(instance.id, state);
            this.#pod.changed();
          },
          tell: (event) => this.#pod.tell(event),
        });
        this.#watches.set(instance.id, watch);
      }
    }
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }

  /** What the API knows of the same container from an earlier life of this agent. */
  #recorded(name: string, id: string) {
    const { status } = this.#pod.model.object;
    const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const found = all.find((each) => each.name === name && each.containerID?.endsWith(id));
    return {
      started: found?.started === true ? true : undefined,
      ready: found?.ready === true ? true : undefined,
    };
  }
}
