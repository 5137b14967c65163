import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { CliError } from '../errors.ts';
import type { UserIds } from '../supervisor/types.ts';

/**
 * Who Postgres runs as when Reckon runs as root. An account of its own, as the packages of a distribution make them:
 * sharing `nobody` would give the database to everybody else who does. It is part of the machine's set-up, like the
 * installed packages, and stays when a cluster goes.
 */
export const SYSTEM_USER = 'reckon-postgres';

export function findUser(name: string): UserIds | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

export async function ensureSystemUser(): Promise<UserIds> {
  const present = findUser(SYSTEM_USER);
  if (present) return present;
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  try {
    await promisify(execFile)('useradd', [...options, '--shell', '/usr/sbin/nologin', SYSTEM_USER]);
  } catch (error) {
    // Two clusters that start at once both try.
    if (!findUser(SYSTEM_USER))
      throw new CliError(
        `cannot make the system user ${SYSTEM_USER} that Postgres runs as: ${error instanceof Error ? error.message : error}`,
        `make it yourself, for example: useradd --system ${SYSTEM_USER}`,
        { cause: error },
      );
  }
  const made = findUser(SYSTEM_USER);
  if (!made) throw new CliError(`useradd made no entry for ${SYSTEM_USER} in /etc/passwd`);
  return made;
}
