import { constants, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ApiError } from '@reckon/api';
import { mount, mountsBelow, unmount } from './mounts.ts';

/** Set-group-id included: files get the group of the volume. */
const PERMISSIONS = 0o7777;

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
  const base = await realpath(volumeDir);
  await makeIfMissing(base, subPath);
  const real = await realpath(join(base, subPath));
  const inside = relative(base, real);
  if (inside.split(sep)[0] === '..' || resolve(base, inside) !== real)
    throw new ApiError('BadRequest', `subPath "${subPath}" leads out of the volume`);
  const file = await openBeneath(base, inside.split(sep).filter(Boolean));
  try {
    const facts = await file.stat();
    if (await isThere(facts, target)) return;
    const isDirectory = facts.isDirectory();
    await mkdir(isDirectory ? target : dirname(target), { recursive: true });
    if (!isDirectory) await writeFile(target, '');
    await mount(['--bind', '--no-canonicalize', `/proc/${process.pid}/fd/${file.fd}`, target]);
  } finally {
    await file.close();
  }
}

/** False, with the place cleared, if something else is mounted there: what a container before this one was given. */
async function isThere(wanted: Stats, target: string): Promise<boolean> {
  if (!(await mountsBelow(target)).includes(target)) return false;
  const mounted = await stat(target);
  if (mounted.dev === wanted.dev && mounted.ino === wanted.ino) return true;
  await unmount(target);
  // A file cannot be mounted on a directory, nor the other way round.
  if (mounted.isDirectory() !== wanted.isDirectory())
    await (mounted.isDirectory() ? rmdir(target) : unlink(target));
  return false;
}

/** A subPath that is not there becomes a directory with the mode of the volume (as in Kubernetes), unless a link stands in the way. */
async function makeIfMissing(base: string, subPath: string): Promise<void> {
  if (await stat(join(base, subPath)).catch(() => undefined)) return;
  const { mode } = await stat(base);
  let path = base;
  for (const part of subPath.split('/').filter(Boolean)) {
    const parent = await openBeneath(base, relative(base, path).split(sep).filter(Boolean));
    try {
      await makeDirectory(parent, part, mode & PERMISSIONS);
    } finally {
      await parent.close();
    }
    path = join(path, part);
  }
}

async function makeDirectory(parent: FileHandle, name: string, mode: number): Promise<void> {
  try {
    await mkdir(`/proc/self/fd/${parent.fd}/${name}`);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw error;
  }
  const made = await openBelow(parent, name);
  await made.chmod(mode).finally(() => made.close());
}

function openBelow(parent: FileHandle, name: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return open(`/proc/self/fd/${parent.fd}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

async function openBeneath(base: string, parts: readonly string[]): Promise<FileHandle> {
  let current = await open(base, constants.O_RDONLY | constants.O_DIRECTORY);
  for (const part of parts) {
    const parent = current;
    const next = await openBelow(parent, part).finally(() => parent.close());
    current = next;
  }
  return current;
}
