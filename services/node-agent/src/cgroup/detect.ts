import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PodCgroups } from './types.ts';
import { CgroupsV1 } from './v1.ts';
import { CgroupsV2 } from './v2.ts';

/** The cgroups of this machine, whichever version it has. `root` is below the mount: `/reckon-ab12cd/worker-1`. */
export function podCgroups(root: string, mount = '/sys/fs/cgroup'): PodCgroups {
  return hasCgroupV2(mount) ? new CgroupsV2({ mount, root }) : new CgroupsV1({ mount, root });
}

/** A v2 mount has its controllers in a file at the top; v1 has a directory for each. */
export function hasCgroupV2(mount = '/sys/fs/cgroup'): boolean {
  return existsSync(join(mount, 'cgroup.controllers'));
}
