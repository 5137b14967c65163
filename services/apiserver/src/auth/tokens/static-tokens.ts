/**
 * Tokens from a file: lines of `token,user name,uid,"group1,group2"`, the groups optional
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file).
 */
import { createHash } from 'node:crypto';
import type { User } from '../../verbs/types.ts';
import type { ReviewedToken, TokenAuthenticator } from '../authenticator.ts';
import { forThisServer } from './audiences.ts';

export class StaticTokens implements TokenAuthenticator {
  /** By digest: how long a look-up takes says nothing about a token. */
  readonly #users: ReadonlyMap<string, User>;
  readonly #audiences: readonly string[];

  /** @throws Error that names the line which cannot be read. */
  constructor(text: string, audiences: readonly string[]) {
    this.#users = new Map(
      text.split(/\r?\n/).flatMap((line, at) => (line.trim() === '' ? [] : [userOf(line, at + 1)])),
    );
    this.#audiences = audiences;
  }

  authenticateToken(token: string): User | undefined {
    return this.#users.get(digest(token));
  }

  async reviewToken(token: string, audiences: readonly string[]): Promise<ReviewedToken | undefined> {
    return forThisServer(this.authenticateToken(token), this.#audiences, audiences);
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

function userOf(line: string, number: number): readonly [string, User] {
  const [token = '', name = '', uid = '', groupList = ''] = columnsOf(line);
  if (token === '' || name === '')
    throw new Error(
      `line ${number} of the token file needs a token and a user name: token,name,uid,"group1,group2"`,
    );
  const groups = groupList
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  return [digest(token), { name, ...(uid && { uid }), groups: [...groups, 'system:authenticated'] }];
}

/** A column in quotes may hold commas, and a quote written twice. */
function columnsOf(line: string): readonly string[] {
  return [...line.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim(),
  );
}
