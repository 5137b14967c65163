import type { User } from '../../verbs/types.ts';
import type { ReviewedToken } from '../authenticator.ts';

/** A token that says nothing of audiences is for this API server, and for nobody else. */
export function forThisServer(
  user: User | undefined,
  own: readonly string[],
  asked: readonly string[],
): ReviewedToken | undefined {
  const audiences = asked.length === 0 ? own : asked.filter((audience) => own.includes(audience));
  return user && audiences.length > 0 ? { user, audiences } : undefined;
}
