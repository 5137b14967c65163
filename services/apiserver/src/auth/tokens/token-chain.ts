import type { User } from '../../verbs/types.ts';
import type { ReviewedToken, TokenAuthenticator } from '../authenticator.ts';

/** Asks one after the other whose token it is. */
export class TokenChain implements TokenAuthenticator {
  readonly #links: readonly TokenAuthenticator[];

  constructor(links: readonly TokenAuthenticator[]) {
    this.#links = links;
  }

  async authenticateToken(token: string): Promise<User | undefined> {
    for (const link of this.#links) {
      const user = await link.authenticateToken(token);
      if (user) return user;
    }
    return undefined;
  }

  async reviewToken(token: string, audiences: readonly string[]): Promise<ReviewedToken | undefined> {
    for (const link of this.#links) {
      const reviewed = await link.reviewToken(token, audiences);
      if (reviewed) return reviewed;
    }
    return undefined;
  }
}
