import { mkdir, open, stat } from 'node:fs/promises';
import { ApiError } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { HostPathVolumeSource } from '@reckon/proto/reckon/api/core/v1/volume.ts';

/** Checks, and where asked makes, what a hostPath volume names (Kubernetes: "hostPath volume types"). */
export async function prepareHostPath({ path = '', type = '' }: Frozen<HostPathVolumeSource>): Promise<void> {
  if (type === '') return;
  const wrong = (what: string) =>
    new ApiError('BadRequest', `hostPath type check failed: ${path} is not ${what}`);
  const found = await stat(path).catch(() => undefined);
  switch (type) {
    case 'DirectoryOrCreate':
      if (!found) await mkdir(path, { recursive: true, mode: 0o755 });
      else if (!found.isDirectory()) throw wrong('a directory');
      return;
    case 'Directory':
      if (!found?.isDirectory()) throw wrong('a directory');
      return;
    case 'FileOrCreate':
      if (!found) await (await open(path, 'a', 0o644)).close();
      else if (!found.isFile()) throw wrong('a file');
      return;
    case 'File':
      if (!found?.isFile()) throw wrong('a file');
      return;
    case 'Socket':
      if (!found?.isSocket()) throw wrong('a socket');
      return;
    case 'CharDevice':
      if (!found?.isCharacterDevice()) throw wrong('a character device');
      return;
    case 'BlockDevice':
      if (!found?.isBlockDevice()) throw wrong('a block device');
      return;
    default:
      throw new ApiError('BadRequest', `${type} is an invalid volume type`);
  }
}
