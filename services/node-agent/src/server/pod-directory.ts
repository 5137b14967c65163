import { currentSandbox } from '../pod/instances.ts';
import { allContainers } from '../pod/model.ts';
import type { PodWorker } from '../pod/worker/pod-worker.ts';
import type { Pods } from '../pods.ts';
import type { ContainerOnNode, KnownPod, PodDirectory, PodOnNode } from './types.ts';

/** The pods of this node, as its server asks for them. */
export class NodePodDirectory implements PodDirectory {
  readonly #pods: Pods;

  constructor(pods: Pods) {
    this.#pods = pods;
  }

  all(): readonly KnownPod[] {
    return this.#pods.all().map(({ model, memory }) => {
      const running = memory.containers.filter(({ state }) => state === 'running');
      return { object: model.object, running: new Set(running.map(({ name }) => name)) };
    });
  }

  find(namespace: string, name: string): PodOnNode | undefined {
    const worker = this.#pods.byName(namespace, name);
    if (!worker) return undefined;
    return {
      uid: worker.model.uid,
      sandboxId: currentSandbox(worker.memory)?.id,
      containers: allContainers(worker.model).map(({ name: container }) => describe(worker, container)),
    };
  }

  onContainerEnd(containerId: string, listener: () => void): () => void {
    const worker = this.#pods.all().find(({ memory }) => memory.container(containerId));
    const hasEnded = () => worker?.memory.container(containerId)?.state !== 'running';
    if (!worker || hasEnded()) {
      queueMicrotask(listener);
      return () => {};
    }
    const cancel = worker.onChange(() => {
      if (!hasEnded()) return;
      cancel();
      listener();
    });
    return cancel;
  }
}

function describe(worker: PodWorker, name: string): ContainerOnNode {
  const { memory, model, deps } = worker;
  const made = memory.containers.filter((each) => each.name === name && each.state !== 'created');
  const [newest, previous] = made;
  const { status } = model.object;
  const statuses = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const reason = statuses.find((each) => each.name === name)?.state?.waiting?.reason;
  return {
    name,
    id: newest?.id,
    running: newest?.state === 'running',
    logPath: newest && deps.host.logPath(model, newest),
    // What `kubectl logs` shows instead of a log.
    waitingReason: reason?.includes('Image') ? 'trying and failing to pull image' : reason,
    previous: previous && { id: previous.id, logPath: deps.host.logPath(model, previous) },
  };
}
