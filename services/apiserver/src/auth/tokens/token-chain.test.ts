import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TokenAuthenticator } from '../authenticator.ts';
import { TokenChain } from './token-chain.ts';

const jane = { name: 'jane', groups: [] };

/** Knows jane by one token, at once or later, and writes down what it is asked. */
function link(own: string, { later = false, asked = [] as string[] } = {}): TokenAuthenticator {
  return {
    authenticateToken(token) {
      asked.push(own);
      const user = token === own ? jane : undefined;
      return later ? Promise.resolve(user) : user;
    },
    reviewToken: async () => undefined,
  };
}

it('a token that its authenticator knows already is answered at once, and nobody after it is asked', () => {
  const asked: string[] = [];
  const chain = new TokenChain([link('a', { asked }), link('b', { asked }), link('c', { asked })]);
  assert.equal(chain.authenticateToken('b'), jane);
  assert.deepEqual(asked, ['a', 'b']);
});

it('who comes after one that has to look first is asked when that one does not know the token', async () => {
  const asked: string[] = [];
  const chain = new TokenChain([
    link('a', { asked }),
    link('b', { asked, later: true }),
    link('c', { asked }),
    link('d', { asked, later: true }),
  ]);
  assert.equal(await chain.authenticateToken('c'), jane);
  assert.deepEqual(asked, ['a', 'b', 'c']);
  assert.equal(await chain.authenticateToken('d'), jane);
  assert.equal(await chain.authenticateToken('nobody'), undefined);
});
