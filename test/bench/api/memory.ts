import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process and all its descendants in bytes by program, each shared page counted once (PSS). Linux. */
export function memoryOfTree(rootPid: number): ReadonlyMap<string, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    const parent = stat && /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === rootPid) return true;
    return false;
  };
  const bytes = new Map<string, number>();
  for (const pid of parents.keys()) {
    if (!isBelow(pid)) continue;
    const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
    const program = read(`/proc/${pid}/comm`)?.trim() ?? '';
    bytes.set(program, (bytes.get(program) ?? 0) + Number(pss ?? 0) * 1024);
  }
  return bytes;
}

/** Undefined: the process has ended in between. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
