/** Packages of the distribution that only tests need. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRoot } from '@reckon/cli/host/machine.ts';

const run = promisify(execFile);
const ANSWER_BYTES = 64 * 1024 * 1024;

export function hasProgram(name: string): boolean {
  return `${process.env.PATH}:/usr/sbin:/sbin`
    .split(':')
    .some((directory) => existsSync(join(directory, name)));
}

/** Installs the packages unless the programs are there. Resolves to whether they are. */
export async function ensurePrograms(
  programs: readonly string[],
  packages: readonly string[],
): Promise<boolean> {
  if (programs.every(hasProgram)) return true;
  if (!isRoot() || !hasProgram('apt-get')) return false;
  const aptGet = (...args: readonly string[]) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: ANSWER_BYTES,
    });
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  try {
    await aptGet(...install);
  } catch {
    // The list of packages may be old.
    await aptGet('update');
    await aptGet(...install);
  }
  return programs.every(hasProgram);
}
