import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SOURCE_DIR } from '../cluster/surroundings.ts';
import { CliError } from '../errors.ts';
import { passThrough } from './kubectl.ts';

/** Runs `test/bench/NAME.ts`, or all of them; each prints its own figures beside its targets. */
export async function bench(name: string | undefined, args: readonly string[]): Promise<number> {
  const directory = join(SOURCE_DIR, 'test', 'bench');
  const names = globSync('*.ts', { cwd: directory })
    .map((file) => basename(file, '.ts'))
    .sort();
  const chosen = name === undefined ? names : names.filter((each) => each === name);
  if (chosen.length === 0)
    throw new CliError(
      name === undefined ? 'there are no benchmarks' : `there is no benchmark ${name}`,
      `there are: ${names.join(', ') || 'none'}`,
    );
  for (const each of chosen) {
    console.log(`== ${each}`);
    const code = await passThrough(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      join(directory, `${each}.ts`),
      ...args,
    ]);
    if (code !== 0) return code;
  }
  return 0;
}
