import { chmod, chown, mkdir } from 'node:fs/promises';
import { parseQuantity, quantityValue } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { EmptyDirVolumeSource } from '@reckon/proto/reckon/api/core/v1/volume.ts';
import { mount, mountsBelow } from './mounts.ts';

/** Writable for every user of the pod, whichever its containers run as. */
const MODE = 0o777;

/** Makes an empty directory that lives as long as the pod; with medium Memory in memory, as large as its limit. */
export async function prepareEmptyDir(
  dir: string,
  source: Frozen<EmptyDirVolumeSource>,
  fsGroup: number | undefined,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  if (source.medium === 'Memory' && !(await mountsBelow(dir)).includes(dir)) {
    const bytes = source.sizeLimit === undefined ? 0 : quantityValue(parseQuantity(source.sizeLimit));
    const size = bytes > 0 ? `,size=${bytes}` : '';
    await mount(['-t', 'tmpfs', '-o', `nosuid,nodev${size}`, 'tmpfs', dir]);
  }
  if (fsGroup === undefined) return chmod(dir, MODE);
  await chown(dir, 0, fsGroup);
  await chmod(dir, MODE | 0o2000);
}
