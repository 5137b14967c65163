import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageArchive } from '@reckon/cri/image/archive.ts';
import { busyboxLayer } from '@reckon/cri/image/busybox.ts';
import type { TarEntry } from '@reckon/cri/image/tar.ts';
import { SOURCE_DIR } from '../cluster/surroundings.ts';

/** The image of `examples/`: an HTTP server on port 8080 that answers with its pod's name and this version. */
export async function springServerArchive(name: string, version: string): Promise<Buffer> {
  const source = join(SOURCE_DIR, 'examples', 'spring-server');
  const script = async (path: string, file: string): Promise<TarEntry> => ({
    type: 'file',
    path,
    mode: 0o755,
    content: await readFile(join(source, file)),
  });
  return imageArchive({
    name,
    layers: [
      await busyboxLayer(),
      [
        { type: 'directory', path: 'www', mode: 0o755 },
        { type: 'directory', path: 'www/cgi-bin', mode: 0o755 },
        // What busybox' httpd answers `/` with where there is no index.html.
        await script('www/cgi-bin/index.cgi', 'index.cgi'),
        await script('bin/serve', 'serve.sh'),
      ],
    ],
    command: ['/bin/serve'],
    env: ['PATH=/bin', `VERSION=${version}`],
    exposedPorts: ['8080/tcp'],
  });
}
