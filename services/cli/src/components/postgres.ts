import { execFile } from 'node:child_process';
import { chmodSync, chownSync, constants, cpSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { INITDB_ARGUMENTS, postgresArguments } from '@reckon/store/postgres-settings.ts';
import { CliError } from '../errors.ts';
import { isRoot } from '../host/machine.ts';
import { readIfPresent, writeFileAtomically } from '../state/files.ts';
import type { ComponentSpec, UserIds } from '../supervisor/types.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { ensureSystemUser, findUser, SYSTEM_USER } from './system-user.ts';
import type { Surroundings } from './types.ts';

/** The role that owns the database, and its name. */
const ROLE = 'reckon';
const DATABASE = 'reckon';
const MAJOR = '18';

/**
 * Brings Postgres into the state directory: its programs (a checkout may lie where Postgres' user cannot go), its data
 * directory and the database. What is there already stays.
 */
export async function preparePostgres(around: Surroundings): Promise<void> {
  const { layout } = around;
  const user = isRoot() ? await ensureSystemUser() : undefined;
  const dirs = directories(around);
  mkdirSync(layout.postgresDir, { recursive: true, mode: 0o711 });
  mkdirSync(dirs.sockets, { recursive: true, mode: 0o755 });
  if (user) {
    chownSync(dirs.sockets, user.uid, user.gid);
    await assertReachable(layout.postgresDir, user);
  }
  installPrograms(dirs.programs);
  const version = readIfPresent(join(dirs.data, 'PG_VERSION'))?.trim();
  if (version !== undefined && version !== MAJOR)
    throw new CliError(
      `the data in ${dirs.data} is of Postgres ${version}, and this Reckon brings Postgres ${MAJOR}`,
      'run the Reckon it was made with, or convert it with pg_upgrade',
    );
  if (version === undefined) await initialise(around, user);
}

export function postgresComponent(around: Surroundings): ComponentSpec {
  const { layout, settings } = around;
  const dirs = directories(around);
  const own = {
    port: String(settings.ports.postgres),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: dirs.sockets,
  };
  return {
    name: 'postgres',
    command: [join(dirs.programs, 'bin', 'postgres'), '-D', dirs.data, ...postgresArguments(own)],
    env: {},
    cwd: dirs.data,
    // Postgres refuses to run as root; anybody else runs it as himself.
    user: isRoot() ? findUser(SYSTEM_USER) : undefined,
    after: [],
    ready: { type: 'postmaster', pidFile: join(dirs.data, 'postmaster.pid') },
    // "Fast shutdown": open transactions are rolled back, the checkpoint is written.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 30_000,
    logFile: layout.log('postgres'),
  };
}

/** How the API server reaches the database: over the unix socket, which costs less than TCP. */
export function databaseUrl(around: Surroundings): string {
  const { settings } = around;
  if (settings.databaseUrl !== undefined) return settings.databaseUrl;
  const query = new URLSearchParams({
    host: directories(around).sockets,
    port: String(settings.ports.postgres),
    user: ROLE,
    password: settings.passwords.postgres,
  });
  return `postgres:///${DATABASE}?${query}`;
}

interface Directories {
  readonly programs: string;
  readonly data: string;
  readonly sockets: string;
}

function directories({ layout }: Surroundings): Directories {
  return {
    programs: join(layout.postgresDir, 'bin'),
    data: join(layout.postgresDir, 'data'),
    sockets: join(layout.runDir, 'postgres'),
  };
}

function installPrograms(target: string): void {
  const { version, nativeDir } = postgresBinaries();
  const stamp = join(target, 'VERSION');
  if (readIfPresent(stamp) === version) return;
  const incoming = `${target}.new`;
  rmSync(incoming, { recursive: true, force: true });
  cpSync(nativeDir, incoming, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    // Static libraries are for those who compile against Postgres.
    filter: (source) => !source.endsWith('.a'),
  });
  for (const program of ['postgres', 'initdb', 'pg_ctl']) chmodSync(join(incoming, 'bin', program), 0o755);
  writeFileAtomically(join(incoming, 'VERSION'), version, 0o644);
  rmSync(target, { recursive: true, force: true });
  renameSync(incoming, target);
}

/** In a directory of its own name first, so that a crash in the middle never looks like a database. */
async function initialise(around: Surroundings, user: UserIds | undefined): Promise<void> {
  const dirs = directories(around);
  const incoming = `${dirs.data}.new`;
  const passwordFile = join(dirs.sockets, 'password');
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { mode: 0o700 });
  writeFileAtomically(passwordFile, around.settings.passwords.postgres);
  if (user) {
    chownSync(incoming, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  const as = { ...user, cwd: incoming, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  try {
    await run(
      join(dirs.programs, 'bin', 'initdb'),
      [
        ...['-D', incoming, '-U', ROLE],
        ...INITDB_ARGUMENTS,
        ...['--auth', 'scram-sha-256', '--pwfile', passwordFile],
      ],
      as,
    );
    await run(
      join(dirs.programs, 'bin', 'postgres'),
      ['--single', '-D', incoming, '-c', 'log_min_messages=fatal', 'postgres'],
      as,
      `CREATE DATABASE ${DATABASE}\n`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(incoming, dirs.data);
}

async function run(program: string, args: readonly string[], options: object, input?: string): Promise<void> {
  const running = promisify(execFile)(program, args, options);
  running.child.stdin?.end(input);
  try {
    await running;
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new CliError(`Postgres could not be set up: ${output || String(error)}`, undefined, {
      cause: error,
    });
  }
}

/** Every directory on the way must let Postgres' user pass. */
async function assertReachable(path: string, { uid, gid }: UserIds): Promise<void> {
  for (let directory = path; directory !== dirname(directory); directory = dirname(directory)) {
    const { mode, uid: owner, gid: group } = statSync(directory);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0)
      throw new CliError(
        `Postgres runs as the user ${SYSTEM_USER}, who cannot enter ${directory}`,
        `let others pass (chmod o+x ${directory}), or choose another place with --state`,
      );
  }
}
