export interface Load {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Runs `work` on every worker, over and over, until `count` have been done or `forMs` is over. */
export async function load<Worker>(
  workers: readonly Worker[],
  limits: { readonly count?: number; readonly forMs?: number },
  work: (worker: Worker, index: number) => Promise<unknown>,
): Promise<Load> {
  const timesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + (limits.forMs ?? Number.POSITIVE_INFINITY);
  let next = 0;
  const run = async (worker: Worker) => {
    while (next < (limits.count ?? Number.POSITIVE_INFINITY) && performance.now() < endMs) {
      const sentMs = performance.now();
      await work(worker, next++);
      timesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(workers.map(run));
  const seconds = (performance.now() - startMs) / 1_000;
  return {
    count: timesMs.length,
    perSecond: timesMs.length / seconds,
    p50Ms: quantile(timesMs, 0.5),
    p99Ms: quantile(timesMs, 0.99),
  };
}

/** One figure beside what is aimed at. */
export function report(what: string, figure: string, aim: string): void {
  console.log(`${what.padEnd(52)} ${figure.padStart(22)}   ${aim}`);
}

export const round = (value: number) => Math.round(value).toLocaleString('en');
export const ms = (value: number) => `${value.toFixed(1)} ms`;
