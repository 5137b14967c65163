import type { User } from '../../verbs/types.ts';
import type { ReviewedToken, TokenAuthenticator } from '../authenticator.ts';

/** Asks one after the other whose token it is. */
export class TokenChain implements TokenAuthenticator {
  readonly #links: readonly TokenAuthenticator[];

  constructor(links: readonly TokenAuthenticator[]) {
    this.#links = links;
  }

  /** At once as long as everybody answers at once. */
  authenticateToken(token: string): User | undefined | Promise<User | undefined> {
    return this.#ask(token, 0);
  }

  #ask(token: string, from: number): User | undefined | Promise<User | undefined> {
    for (const [index, link] of this.#links.entries()) {
      if (index < from) continue;
      const user = link.authenticateToken(token);
      if (user instanceof Promise) return user.then((known) => known ?? this.#ask(token, index + 1));
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
