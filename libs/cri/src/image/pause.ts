import { readFile } from 'node:fs/promises';
import { imageArchive } from './archive.ts';

/** The image of the process that holds a pod's namespaces. */
export const PAUSE_IMAGE = 'reckon.local/pause:1';

/**
 * An archive of that image, made from catatonit: a static init whose `-P` does nothing but wait and reap.
 */
export async function pauseArchive(catatonitPath = '/usr/bin/catatonit'): Promise<Buffer> {
  const content = await readFile(catatonitPath);
  return imageArchive({
    name: PAUSE_IMAGE,
    layers: [[{ type: 'file', path: 'pause', mode: 0o755, content }]],
    entrypoint: ['/pause', '-P'],
    user: '65535:65535',
  });
}
