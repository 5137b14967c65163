import { readFile } from 'node:fs/promises';
import type { TarEntry } from './tar.ts';

const COMMANDS =
  'cat chmod cp cut date dd echo env expr false find free grep head hostname httpd id ip kill killall ln ls mkdir ' +
  'mount mv nc nslookup ping printf ps pwd rm sed seq sh sleep sort stat tail tee test touch tr true uname vi wc ' +
  'wget yes';

const DIRECTORIES = ['bin', 'etc', 'tmp', 'root', 'var', 'home', 'www'];

/** The files of a small system: the machine's static busybox with a link for every command, and an account for root. */
export async function busyboxLayer(busyboxPath = '/bin/busybox'): Promise<readonly TarEntry[]> {
  const content = await readFile(busyboxPath);
  const text = (path: string, line: string): TarEntry => ({
    type: 'file',
    path,
    mode: 0o644,
    content: Buffer.from(`${line}\n`),
  });
  return [
    ...DIRECTORIES.map(
      (path): TarEntry => ({ type: 'directory', path, mode: path === 'tmp' ? 0o1777 : 0o755 }),
    ),
    { type: 'file', path: 'bin/busybox', mode: 0o755, content },
    ...COMMANDS.split(' ').map(
      (command): TarEntry => ({ type: 'symlink', path: `bin/${command}`, target: 'busybox' }),
    ),
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh'),
    text('etc/group', 'root:x:0:'),
  ];
}
