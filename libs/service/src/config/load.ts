import { readFileSync } from 'node:fs';
import { ConfigError, type Decoder } from './decode.ts';

/** Reads and checks a JSON file. Throws a `ConfigError` that names the file and the field. */
export function loadConfig<T>(file: string, decoder: Decoder<T>): T {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError('', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw new ConfigError('', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  try {
    return decoder(value, '');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError('', `${file}: ${error.message}`, { cause: error });
  }
}

/** The FILE of `--config FILE` or `--config=FILE`. */
export function configFileFrom(argv: readonly string[]): string {
  for (const [index, argument] of argv.entries()) {
    if (argument.startsWith('--config=')) return argument.slice('--config='.length);
    const next = argv[index + 1];
    if (argument === '--config' && next !== undefined) return next;
  }
  throw new ConfigError('', 'missing --config FILE');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
