import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ApiError } from '@reckon/api';
import { mount, mountsBelow } from './mounts.ts';

export interface SubPathMount {
  /** The volume on the node. */
  readonly volumeDir: string;
  readonly subPath: string;
  /** Where it is to be found afterwards. */
  readonly target: string;
}

/**
 * Binds a part of a volume to a place that only the node writes to. A container can put links into its volumes at any
 * time: so the path is opened part by part without following any (CVE-2017-1002101), and it is the open file that is
 * mounted, not a name.
 */
export async function mountSubPath({ volumeDir, subPath, target }: SubPathMount): Promise<void> {
  if (subPath.split('/').includes('..') || subPath.startsWith('/'))
    throw new ApiError('BadRequest', `subPath "${subPath}" must stay within the volume`);
  if ((await mountsBelow(target)).includes(target)) return;
  const base = await realpath(volumeDir);
  await makeIfMissing(base, subPath);
  const real = await realpath(join(base, subPath));
  const inside = relative(base, real);
  if (inside.split(sep)[0] === '..' || resolve(base, inside) !== real)
    throw new ApiError('BadRequest', `subPath "${subPath}" leads out of the volume`);
  const file = await openBeneath(base, inside.split(sep).filter(Boolean));
  try {
    const isDirectory = (await file.stat()).isDirectory();
    await mkdir(isDirectory ? target : dirname(target), { recursive: true });
    if (!isDirectory) await writeFile(target, '');
    await mount(['--bind', '--no-canonicalize', `/proc/${process.pid}/fd/${file.fd}`, target]);
  } finally {
    await file.close();
  }
}

/** A subPath that is not there becomes a directory (as in Kubernetes), unless a link stands in the way. */
async function makeIfMissing(base: string, subPath: string): Promise<void> {
  if (await stat(join(base, subPath)).catch(() => undefined)) return;
  let path = base;
  for (const part of subPath.split('/').filter(Boolean)) {
    const parent = await openBeneath(base, relative(base, path).split(sep).filter(Boolean));
    try {
      await mkdir(`/proc/self/fd/${parent.fd}/${part}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    } finally {
      await parent.close();
    }
    path = join(path, part);
  }
}

async function openBeneath(base: string, parts: readonly string[]): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY, O_NONBLOCK } = constants;
  let current = await open(base, O_RDONLY | O_DIRECTORY);
  for (const part of parts) {
    const next = await open(
      `/proc/self/fd/${current.fd}/${part}`,
      O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
    ).finally(() => current.close());
    current = next;
  }
  return current;
}
