/**
 * Images of Postgres and NATS, built from what this machine has: the programs that `up` runs, the libraries they are
 * linked with, and a busybox. No registry is asked.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { INITDB_ARGUMENTS, postgresArguments } from '@reckon/store/postgres-settings.ts';
import { layOutPostgres } from '@reckon/store/testing/binaries.ts';

export const POSTGRES_IMAGE = 'reckon-chaos/postgres:local';
export const NATS_IMAGE = 'reckon-chaos/nats:local';
/** Whom the programs in the images run as. */
export const CONTAINER_USER = 65_534;

export async function buildImages(): Promise<void> {
  await build(POSTGRES_IMAGE, '/start', (root) => {
    layOutPostgres(join(root, 'pg'), undefined);
    copyLibraries(join(root, 'pg/bin/postgres'), root);
    copyLibraries(join(root, 'pg/bin/initdb'), root);
    writeProgram(join(root, 'start'), postgresScript());
  });
  await build(NATS_IMAGE, '/start', (root) => {
    const program = execFileSync('sh', ['-c', 'command -v nats-server']).toString().trim();
    copyProgram(program, join(root, 'bin/nats-server'));
    copyLibraries(program, root);
    writeProgram(
      join(root, 'start'),
      '#!/bin/sh\nprintf "listen: 0.0.0.0:4222\\njetstream { store_dir: /data }\\n" >/tmp/nats.conf\nexec nats-server -c /tmp/nats.conf\n',
    );
  });
}

/** As `up` sets it, but that it listens to whoever comes: the container's network is its own. */
function postgresScript(): string {
  const settings = postgresArguments({ listen_addresses: '*', unix_socket_directories: '/tmp' });
  const quoted = settings.map((word) => `'${word}'`).join(' ');
  return `#!/bin/sh
set -e
export PATH=/pg/bin:/bin LC_ALL=C
if [ ! -f /data/db/PG_VERSION ]; then
  initdb ${INITDB_ARGUMENTS.join(' ')} --auth=trust --username=reckon -D /data/new >/dev/null
  echo 'host all all all trust' >>/data/new/pg_hba.conf
  echo 'create database reckon' | postgres --single -D /data/new postgres >/dev/null
  mv /data/new /data/db
fi
exec postgres -D /data/db ${quoted}
`;
}

async function build(tag: string, entrypoint: string, fill: (root: string) => void): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'reckon-image-'));
  try {
    for (const directory of ['bin', 'etc', 'tmp', 'data', 'lib64'])
      mkdirSync(join(root, directory), { recursive: true });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'tmp'), 0o1777);
    writeFileSync(join(root, 'etc/passwd'), `nobody:x:${CONTAINER_USER}:${CONTAINER_USER}::/tmp:/bin/sh\n`);
    const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
    if (!busybox) throw new Error('there is no busybox on this machine (Debian: busybox-static)');
    for (const name of ['busybox', 'sh', 'mv', 'cat']) copyProgram(busybox, join(root, 'bin', name));
    fill(root);
    const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const change = [
      '--change',
      `ENTRYPOINT ["${entrypoint}"]`,
      '--change',
      `USER ${CONTAINER_USER}:${CONTAINER_USER}`,
    ];
    const docker = spawn('docker', ['import', ...change, '-', tag], { stdio: ['pipe', 'ignore', 'inherit'] });
    tar.stdout.pipe(docker.stdin);
    const [code] = await once(docker, 'exit');
    if (code !== 0) throw new Error(`docker import of ${tag} ended with ${code}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Everything that the dynamic linker would load, under the names it looks for. */
function copyLibraries(program: string, root: string): void {
  const listed = execFileSync('ldd', [program]).toString();
  for (const [, path] of listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    if (path === undefined || path.startsWith(root)) continue;
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(realpathSync(path), target);
    chmodSync(target, 0o755);
  }
}

function copyProgram(from: string, to: string): void {
  copyFileSync(realpathSync(from), to);
  chmodSync(to, 0o755);
}

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o755 });
}
