/** What the processes of a cluster use, as Linux counts it. */
import type { TestCluster } from '../../e2e/support/cluster.ts';
import { kibibytesIn, processTable, treeOf } from '../proc.ts';

export interface Use {
  /** Processor time since the start, of the process and of all that it started. */
  readonly cpuMs: number;
  /** Resident memory of the process itself. */
  readonly rssBytes: number;
}

/** By component. */
export type Uses = ReadonlyMap<string, Use>;

export async function usesOf(cluster: TestCluster): Promise<Uses> {
  const { components } = await cluster.status();
  const table = processTable();
  const uses = new Map<string, Use>();
  for (const { name, process } of components) {
    if (!process) continue;
    const tree = treeOf(table, process.pid);
    uses.set(name, {
      cpuMs: tree.reduce((sum, { cpuMs, waitedForMs }) => sum + cpuMs + waitedForMs, 0),
      rssBytes: kibibytesIn(`/proc/${process.pid}/status`, 'VmRSS'),
    });
  }
  return uses;
}

/** Processor time that was used in between, ms, by component. */
export function cpuBetween(before: Uses, after: Uses): ReadonlyMap<string, number> {
  return new Map(
    [...after].map(([name, { cpuMs }]) => [name, cpuMs - (before.get(name)?.cpuMs ?? 0)] as const),
  );
}
