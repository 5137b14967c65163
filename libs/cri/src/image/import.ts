import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ApiError } from '@reckon/api';

/**
 * Loads an image archive (OCI layout or `docker save`) into containerd, where CRI sees it. CRI itself has no such
 * call, and containerd's takes the archive apart on the client's side: so its own client does it. Returns the full
 * names that the archive has, with their tags.
 */
export async function importImage(socket: string, archivePath: string): Promise<readonly string[]> {
  const args = ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archivePath];
  try {
    const { stdout } = await promisify(execFile)('ctr', args);
    return [...stdout.matchAll(/^unpacking (\S+) /gm)].map(([, name = '']) => name);
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new ApiError('InternalError', `cannot load ${archivePath}: ${stderr}`, {}, { cause: error });
  }
}
