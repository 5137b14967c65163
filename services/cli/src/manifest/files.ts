import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CliError } from '../errors.ts';
import type { Source } from './documents.ts';

const MANIFEST = '*.{yaml,yml,json}';

export interface FilesOptions {
  /** Files, directories, and `-` for standard input. */
  readonly names: readonly string[];
  /** Also what is in directories of directories. */
  readonly recursive: boolean;
}

/** The texts that `-f` names, in the order of the names, of a directory by path. */
export async function readSources({ names, recursive }: FilesOptions): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const name of names) {
    if (name === '-') sources.push({ file: '-', text: await text(process.stdin) });
    else
      for (const file of filesOf(name, recursive)) sources.push({ file, text: readFileSync(file, 'utf8') });
  }
  return sources;
}

function filesOf(name: string, recursive: boolean): readonly string[] {
  const kind = statSync(name, { throwIfNoEntry: false });
  if (!kind) throw new CliError(`there is no file or directory ${name}`);
  if (!kind.isDirectory()) return [name];
  const files = globSync(recursive ? `**/${MANIFEST}` : MANIFEST, { cwd: name }).sort();
  if (files.length > 0) return files.map((file) => join(name, file));
  throw new CliError(
    `${name} has no .yaml, .yml or .json file`,
    recursive ? undefined : 'with -R directories within it are read, too',
  );
}
