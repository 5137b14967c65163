/** Processes as Linux tells of them (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ`, in which /proc counts time: 100 on every Linux that Node runs on. */
const TICK_MS = 10;

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** Its name, cut to 15 bytes. */
  readonly program: string;
  /** Processor time so far, user and kernel. */
  readonly cpuMs: number;
  /** That of its children that have ended and were waited for. */
  readonly waitedForMs: number;
}

export type ProcessTable = ReadonlyMap<number, ProcessFacts>;

/** All that run, by pid. */
export function processTable(): ProcessTable {
  const table = new Map<number, ProcessFacts>();
  for (const name of readdirSync('/proc')) {
    // The name in parentheses may hold anything: the last one ends it.
    const match = /^\d+$/.test(name) && /^\d+ \((.*)\) (.*)$/s.exec(readIfThere(`/proc/${name}/stat`));
    if (!match) continue;
    const pid = Number(name);
    const fields = (match[2] ?? '').split(' ');
    const time = (first: number) => TICK_MS * (Number(fields[first] ?? 0) + Number(fields[first + 1] ?? 0));
    table.set(pid, {
      pid,
      parent: Number(fields[1] ?? 0),
      program: match[1] ?? '',
      cpuMs: time(11),
      waitedForMs: time(13),
    });
  }
  return table;
}

/**
 * Processor time of a process so far, to the microsecond, where ten milliseconds are too coarse: the sum of its threads,
 * so those that have ended are missing. Needs a kernel that keeps `schedstat` (most do). @throws Error if it does not.
 */
export function threadTimesMs(pid: number): number {
  let sumNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    sumNs += Number(readIfThere(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]);
  if (sumNs === 0) throw new Error(`this kernel does not tell /proc/${pid}/task/*/schedstat`);
  return sumNs / 1_000_000;
}

/** A process and all below it. */
export function treeOf(table: ProcessTable, rootPid: number): readonly ProcessFacts[] {
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = table.get(at)?.parent)
      if (at === rootPid) return true;
    return false;
  };
  return [...table.values()].filter(({ pid }) => isBelow(pid));
}

/** Sums of a figure of processes by program. */
export function byProgram(
  processes: readonly ProcessFacts[],
  figure: (process: ProcessFacts) => number,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const process of processes)
    sums.set(process.program, (sums.get(process.program) ?? 0) + figure(process));
  return sums;
}

/** Empty: the process has ended in between. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A line in kB of a file of /proc, as bytes; 0 if it is not there. */
export function kibibytesIn(path: string, field: string): number {
  return 1_024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readIfThere(path))?.[1] ?? 0);
}
