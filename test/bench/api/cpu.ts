import { byProgram, processTable, treeOf } from '../proc.ts';

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
    const cpuMs = byProgram(treeOf(processTable(), this.#pid), (one) => one.cpuMs);
    return new Map([...cpuMs, ['client', (user + system) / 1_000]]);
  }
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['node-MainThread', 'API server'],
  ['nats-server', 'NATS'],
  ['postgres', 'Postgres'],
]);
