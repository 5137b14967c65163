import { chmod, mkdir } from 'node:fs/promises';
import { mount, mountsBelow } from '../volumes/mounts.ts';

/**
 * One file system in memory for all secrets of the node: as safe as one for each volume, and a pod with a token needs
 * no mount of its own. It outlives the agent, as the pods do, and not a reboot.
 */
export async function mountSecretsDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  if ((await mountsBelow(dir)).includes(dir)) return;
  await mount(['-t', 'tmpfs', '-o', 'mode=0711,nosuid,nodev', 'tmpfs', dir]);
  await chmod(dir, 0o711);
}
