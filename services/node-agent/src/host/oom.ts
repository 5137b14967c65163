import { readFile } from 'node:fs/promises';

/** Lowering a process's oom_score_adj below one's own needs this capability (capabilities(7)). */
const CAP_SYS_RESOURCE = 24n;

/** The lowest oom_score_adj that containers of this process's children can be given. */
export async function lowestOomScoreAdj(): Promise<number> {
  const [status, own] = await Promise.all([
    readFile('/proc/self/status', 'utf8'),
    readFile('/proc/self/oom_score_adj', 'utf8'),
  ]);
  const effective = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const mayLower = ((effective >> CAP_SYS_RESOURCE) & 1n) === 1n;
  return mayLower ? -1000 : Number(own.trim());
}
