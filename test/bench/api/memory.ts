import { byProgram, kibibytesIn, processTable, treeOf } from '../proc.ts';

/** Memory of a process and all its descendants in bytes by program, each shared page counted once (PSS). Linux. */
export function memoryOfTree(rootPid: number): ReadonlyMap<string, number> {
  return byProgram(treeOf(processTable(), rootPid), ({ pid }) =>
    kibibytesIn(`/proc/${pid}/smaps_rollup`, 'Pss'),
  );
}
