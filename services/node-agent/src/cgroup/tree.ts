import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of the cgroups directly below; none if there is no such cgroup. */
export async function childrenOf(cgroup: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(cgroup, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Removes a cgroup and all below it. The kernel refuses (EBUSY) while a process is in one of them. */
export async function removeTree(cgroup: string): Promise<void> {
  for (const child of await childrenOf(cgroup)) await removeTree(join(cgroup, child));
  try {
    await rmdir(cgroup);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
