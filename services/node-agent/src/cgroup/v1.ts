import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CPU_PERIOD_US, type CpuAndMemory } from '../container/resources.ts';
import { childrenOf, removeTree } from './tree.ts';
import type { PodCgroups } from './types.ts';

export interface CgroupOptions {
  /** `/sys/fs/cgroup` */
  readonly mount: string;
  /** Parent of this node's pods, below the mount. */
  readonly root: string;
}

const POD = 'pod';

/** cgroup v1: one hierarchy a controller, each with the same tree. */
export class CgroupsV1 implements PodCgroups {
  readonly #options: CgroupOptions;

  constructor(options: CgroupOptions) {
    this.#options = options;
  }

  pathOf(uid: string): string {
    return join(this.#options.root, `${POD}${uid}`);
  }

  async set(uid: string, share: CpuAndMemory): Promise<void> {
    const cpu = this.#inHierarchy('cpu', this.pathOf(uid));
    const memory = this.#inHierarchy('memory', this.pathOf(uid));
    await Promise.all([mkdir(cpu, { recursive: true }), mkdir(memory, { recursive: true })]);
    await Promise.all([
      writeFile(join(cpu, 'cpu.shares'), String(share.cpuShares)),
      writeFile(join(cpu, 'cpu.cfs_period_us'), String(CPU_PERIOD_US)),
      writeFile(join(cpu, 'cpu.cfs_quota_us'), String(share.cpuQuotaUs ?? -1)),
      writeFile(join(memory, 'memory.limit_in_bytes'), String(share.memoryLimitBytes ?? -1)),
    ]);
  }

  async remove(uid: string): Promise<void> {
    await this.#removeEverywhere(this.pathOf(uid));
  }

  async list(): Promise<readonly string[]> {
    const uids = new Set<string>();
    for (const hierarchy of await this.#hierarchies()) {
      for (const name of await childrenOf(this.#inHierarchy(hierarchy, this.#options.root)))
        if (name.startsWith(POD)) uids.add(name.slice(POD.length));
    }
    return [...uids];
  }

  async removeAll(): Promise<void> {
    await this.#removeEverywhere(this.#options.root);
  }

  async #removeEverywhere(path: string): Promise<void> {
    const hierarchies = await this.#hierarchies();
    await Promise.all(hierarchies.map((hierarchy) => removeTree(this.#inHierarchy(hierarchy, path))));
  }

  #inHierarchy(hierarchy: string, path: string): string {
    return join(this.#options.mount, hierarchy, path);
  }

  /** Controllers that share a mount have links to it: those are directories only by way of a link. */
  #hierarchies(): Promise<readonly string[]> {
    return childrenOf(this.#options.mount);
  }
}
