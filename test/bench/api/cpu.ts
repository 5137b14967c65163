import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Processor time of a process and all its descendants so far in ms, by program (user and kernel). Linux. */
function cpuOfTree(rootPid: number): ReadonlyMap<string, number> {
  const processes = new Map<
    number,
    { readonly parent: number; readonly program: string; readonly cpuMs: number }
  >();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    const match = stat && /^\d+ \((.*)\) (.*)$/s.exec(stat);
    if (!match) continue;
    const fields = (match[2] ?? '').split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    processes.set(Number(name), {
      parent: Number(fields[1]),
      program: match[1] ?? '',
      cpuMs: ticks * TICK_MS,
    });
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = processes.get(at)?.parent)
      if (at === rootPid) return true;
    return false;
  };
  const cpuMs = new Map<string, number>();
  for (const [pid, { program, cpuMs: own }] of processes)
    if (isBelow(pid)) cpuMs.set(program, (cpuMs.get(program) ?? 0) + own);
  return cpuMs;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** What requests cost: processor time of a process and all below it, and of this one. */
export class CpuMeter {
  readonly #pid: number;
  readonly #before: ReadonlyMap<string, number>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#before = this.#now();
  }

  /** Microseconds for each of `count` requests by program: `API server 210 µs, postgres 80 µs, …`. */
  perRequest(count: number): string {
    return [...this.#now()]
      .map(([program, cpuMs]) => {
        const usedMs = cpuMs - (this.#before.get(program) ?? 0);
        return { program: NAMES.get(program) ?? program, micros: Math.round((1_000 * usedMs) / count) };
      })
      .filter(({ micros }) => micros > 0)
      .map(({ program, micros }) => `${program} ${micros}`)
      .join(', ')
      .concat(' µs');
  }

  #now(): ReadonlyMap<string, number> {
    const { user, system } = process.cpuUsage();
    return new Map([...cpuOfTree(this.#pid), ['client', (user + system) / 1_000]]);
  }
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['node-MainThread', 'API server'],
  ['nats-server', 'NATS'],
  ['postgres', 'Postgres'],
]);
