import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Payload, PayloadFile } from './payload.ts';

/** The link that readers go through; renaming it is the moment of change. */
const DATA = '..data';

export interface AtomicDirOptions {
  readonly dir: string;
  /** Group that may read the files. */
  readonly fsGroup: number | undefined;
  /** Names the version; must differ from the one that is there. */
  readonly version: string;
}

/**
 * Makes the files of a directory equal to the payload, all at one moment: a reader sees the old ones or the new ones,
 * never a mixture. The form is Kubernetes' own, programs look for it: `..data` leads to a directory of one version,
 * and each file is a link through it. Resolves to whether anything changed.
 */
export async function writeAtomicDir(payload: Payload, options: AtomicDirOptions): Promise<boolean> {
  const { dir, version } = options;
  await mkdir(dir, { recursive: true });
  const current = await currentVersion(dir);
  if (current !== undefined && (await isSame(join(dir, current), payload, options))) return false;
  const next = `..${version}`;
  await rm(join(dir, next), { recursive: true, force: true });
  await mkdir(join(dir, next));
  for (const [path, file] of payload) await writeOne(join(dir, next), path, file, options);
  await shareWithGroup(join(dir, next), 0o755, options);
  await rm(join(dir, `${DATA}_tmp`), { force: true });
  await symlink(next, join(dir, `${DATA}_tmp`));
  await rename(join(dir, `${DATA}_tmp`), join(dir, DATA));
  await linkNames(dir, payload);
  if (current !== undefined) await rm(join(dir, current), { recursive: true, force: true });
  await shareWithGroup(dir, 0o755, options);
  return true;
}

async function currentVersion(dir: string): Promise<string | undefined> {
  try {
    return await readlink(join(dir, DATA));
  } catch {
    // Not there yet, or left half made: written anew in either case.
    return undefined;
  }
}

async function isSame(versionDir: string, payload: Payload, { fsGroup }: AtomicDirOptions): Promise<boolean> {
  // Ownership is set when a version is written; one that was written for no group must be written again.
  if (fsGroup !== undefined) return false;
  const entries = await readdir(versionDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  if (files.length !== payload.size) return false;
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name);
    const file = payload.get(path.slice(versionDir.length + 1));
    if (!file || !(await readFile(path)).equals(file.content)) return false;
  }
  return true;
}

async function writeOne(
  base: string,
  path: string,
  file: PayloadFile,
  options: AtomicDirOptions,
): Promise<void> {
  const target = join(base, path);
  if (path.includes('/')) {
    await mkdir(dirname(target), { recursive: true });
    await shareWithGroup(dirname(target), 0o755, options);
  }
  const mode = options.fsGroup === undefined ? file.mode : file.mode | 0o440;
  await writeFile(target, file.content, { mode });
  // The process's umask must not decide what was asked for.
  await chmod(target, mode);
  if (file.uid !== undefined || options.fsGroup !== undefined)
    await chown(target, file.uid ?? 0, options.fsGroup ?? 0);
}

async function shareWithGroup(dir: string, mode: number, { fsGroup }: AtomicDirOptions): Promise<void> {
  if (fsGroup === undefined) return;
  await chown(dir, 0, fsGroup);
  await chmod(dir, mode | 0o2050);
}

/** One link a top-level name; those of names that are gone are removed. */
async function linkNames(dir: string, payload: Payload): Promise<void> {
  const names = new Set([...payload.keys()].map((path) => path.split('/')[0] ?? ''));
  const present = new Set(await readdir(dir));
  for (const name of names) if (!present.has(name)) await symlink(join(DATA, name), join(dir, name));
  for (const name of present)
    if (!name.startsWith('..') && !names.has(name)) await rm(join(dir, name), { force: true });
}
