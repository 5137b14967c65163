import { addTo, subtractFrom } from './amounts.ts';
import type { HostPort, NodeLoad, OwnerLoad, PodRequest } from './types.ts';

/** What the pods of a node take together, kept up to date pod by pod. */
export class MutableLoad implements NodeLoad {
  readonly requested: Map<string, number>;
  readonly hostPorts: HostPort[];
  readonly owners: Map<string, OwnerLoad>;
  readonly pods: Map<string, PodRequest>;
  readonly withRules: Map<string, PodRequest>;
  podCount: number;

  /** Begins as a copy. */
  constructor(load?: NodeLoad) {
    this.requested = new Map(load?.requested);
    this.hostPorts = [...(load?.hostPorts ?? [])];
    this.owners = new Map(load?.owners);
    this.pods = new Map(load?.pods);
    this.withRules = new Map(load?.withRules);
    this.podCount = load?.podCount ?? 0;
  }

  add(pod: PodRequest): void {
    this.podCount++;
    this.replace(pod);
    addTo(this.requested, pod.requests);
    this.hostPorts.push(...pod.placement.hostPorts);
    if (!pod.ownerUid) return;
    const owner = this.owners.get(pod.ownerUid);
    const requested = new Map(owner?.requested);
    addTo(requested, pod.requests);
    this.owners.set(pod.ownerUid, { podCount: (owner?.podCount ?? 0) + 1, requested });
  }

  /** A pod that takes the same as before, but is another in other respects. */
  replace(pod: PodRequest): void {
    this.pods.set(pod.uid, pod);
    if (pod.rules) this.withRules.set(pod.uid, pod);
  }

  /** Only of what was added. */
  remove(pod: PodRequest): void {
    this.podCount--;
    this.pods.delete(pod.uid);
    this.withRules.delete(pod.uid);
    subtractFrom(this.requested, pod.requests);
    for (const { protocol, ip, port } of pod.placement.hostPorts) {
      const at = this.hostPorts.findIndex(
        (taken) => taken.port === port && taken.protocol === protocol && taken.ip === ip,
      );
      if (at >= 0) this.hostPorts.splice(at, 1);
    }
    const owner = pod.ownerUid ? this.owners.get(pod.ownerUid) : undefined;
    if (!owner) return;
    if (owner.podCount === 1) this.owners.delete(pod.ownerUid);
    else {
      const requested = new Map(owner.requested);
      subtractFrom(requested, pod.requests);
      this.owners.set(pod.ownerUid, { podCount: owner.podCount - 1, requested });
    }
  }
}
