import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CPU_PERIOD_US, type CpuAndMemory } from '../container/resources.ts';
import { childrenOf, removeTree } from './tree.ts';
import type { PodCgroups } from './types.ts';
import type { CgroupOptions } from './v1.ts';

const POD = 'pod';

/** cgroup v2: one tree, in which each parent says which controllers its children have. */
export class CgroupsV2 implements PodCgroups {
  readonly #options: CgroupOptions;
  #rootReady: Promise<void> | undefined;

  constructor(options: CgroupOptions) {
    this.#options = options;
  }

  pathOf(uid: string): string {
    return join(this.#options.root, `${POD}${uid}`);
  }

  async set(uid: string, share: CpuAndMemory): Promise<void> {
    this.#rootReady ??= this.#makeRoot();
    await this.#rootReady;
    const pod = join(this.#options.mount, this.pathOf(uid));
    await mkdir(pod, { recursive: true });
    await Promise.all([
      writeFile(join(pod, 'cpu.weight'), String(cpuWeight(share.cpuShares))),
      writeFile(join(pod, 'cpu.max'), `${share.cpuQuotaUs ?? 'max'} ${CPU_PERIOD_US}`),
      writeFile(join(pod, 'memory.max'), String(share.memoryLimitBytes ?? 'max')),
    ]);
  }

  async remove(uid: string): Promise<void> {
    await removeTree(join(this.#options.mount, this.pathOf(uid)));
  }

  async list(): Promise<readonly string[]> {
    const names = await childrenOf(join(this.#options.mount, this.#options.root));
    return names.filter((name) => name.startsWith(POD)).map((name) => name.slice(POD.length));
  }

  async removeAll(): Promise<void> {
    await removeTree(join(this.#options.mount, this.#options.root));
  }

  /** Makes every cgroup down to the root of pods, and hands all controllers down to its children. */
  async #makeRoot(): Promise<void> {
    const { mount, root } = this.#options;
    const controllers = (await readFile(join(mount, 'cgroup.controllers'), 'utf8')).trim().split(/\s+/);
    const wanted = ['cpuset', 'cpu', 'io', 'memory', 'pids'].filter((name) => controllers.includes(name));
    const enable = wanted.map((name) => `+${name}`).join(' ');
    let path = mount;
    await writeFile(join(path, 'cgroup.subtree_control'), enable);
    for (const part of root.split('/').filter(Boolean)) {
      path = join(path, part);
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'cgroup.subtree_control'), enable);
    }
  }
}

/** cgroup v1's shares [2, 262144] onto v2's weight [1, 10000], as container runtimes do it. */
export function cpuWeight(cpuShares: number): number {
  return 1 + Math.floor(((cpuShares - 2) * 9_999) / 262_142);
}
