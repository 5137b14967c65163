/** What the processes of a cluster use, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { TestCluster } from '../../e2e/support/cluster.ts';

/** `USER_HZ`, in which /proc counts time (proc(5)): 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

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
  const ticks = ticksOfTrees();
  const uses = new Map<string, Use>();
  for (const { name, process } of components) {
    if (!process) continue;
    const status = readIfThere(`/proc/${process.pid}/status`);
    const rssKib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    uses.set(name, {
      cpuMs: ((ticks.get(process.pid) ?? 0) * 1_000) / TICKS_PER_S,
      rssBytes: rssKib * 1_024,
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

/** Of each process with its children, those that ended and were waited for included. */
function ticksOfTrees(): ReadonlyMap<number, number> {
  const own = new Map<number, number>();
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readIfThere(`/proc/${name}/stat`);
    // The second field is the command in parentheses and may hold anything: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const time = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i] ?? 0), 0);
    own.set(Number(name), time);
    parents.set(Number(name), Number(fields[1] ?? 0));
  }
  const sums = new Map(own);
  for (const [pid, time] of own)
    for (let at = parents.get(pid); at !== undefined && at > 1; at = parents.get(at))
      sums.set(at, (sums.get(at) ?? 0) + time);
  return sums;
}

/** Empty: the process has ended in between. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
