/** Ways to say who one is that a cluster is given: static tokens, an OpenID Connect provider. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type AuthenticationConfig, authenticationConfig } from '@reckon/service';
import { parse } from 'yaml';
import { CliError } from '../errors.ts';

const EXAMPLE = 'for example: {"oidc": {"issuerUrl": "https://id.example.com", "clientId": "reckon"}}';

/**
 * @param file YAML or JSON of an `AuthenticationConfig`, whose files are named from where it lies itself; `none`: back to what
 *   a new cluster has; undefined: what is there stays.
 */
export function authenticationFrom(
  present: AuthenticationConfig | undefined,
  file: string | undefined,
): AuthenticationConfig | undefined {
  if (file === undefined) return present;
  if (file === 'none') return undefined;
  try {
    const asked = authenticationConfig(parse(readFileSync(file, 'utf8')), '');
    const from = dirname(resolve(file));
    const { tokenFile, oidc } = asked;
    return {
      ...asked,
      ...(tokenFile && { tokenFile: existing(resolve(from, tokenFile)) }),
      ...(oidc && {
        oidc: { ...oidc, ...(oidc.caFile && { caFile: existing(resolve(from, oidc.caFile)) }) },
      }),
    };
  } catch (error) {
    if (error instanceof CliError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`--authentication ${file} cannot be used: ${why}`, EXAMPLE, { cause: error });
  }
}

function existing(file: string): string {
  if (existsSync(file)) return file;
  throw new CliError(`--authentication names ${file}, which is not there`, 'put it there, or name another');
}
