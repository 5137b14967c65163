/**
 * May he? Asked by both doors before a verb runs. Whoever is in `system:masters` may everything; a node agent what its
 * node needs; everybody what RBAC objects give. What nobody allows is forbidden, with the reasons of those who were
 * asked.
 */
import { type ApiError, accessDenied, forbidden } from '@reckon/api';
import type { AccessAttributes, Authorizer, User } from '../verbs/types.ts';
import { type NodeAuthorizer, nodeNameOf } from './node/node-authorizer.ts';
import { describeMissing, missingRights, quoted } from './rbac/covers.ts';
import type { RbacIndex } from './rbac/rbac-index.ts';
import { FULL_AUTHORITY, type PolicyRule } from './rbac/rule.ts';

/** What may be asked beside the one question: for reviews, impersonation and the checks of who gives rights away. */
export interface Authority extends Authorizer {
  allows(user: User, attributes: AccessAttributes): boolean;
  /** Why it is not allowed; empty if nobody gave a reason. */
  reasonAgainst(user: User, attributes: AccessAttributes): string;
  /** The rules that count for a user in a namespace ('': at the cluster scope). */
  rulesFor(user: User, namespace: string): readonly PolicyRule[];
  /** True if the list of rules is not all: a node agent's rights are not rules. */
  incompleteFor(user: User): boolean;
}

export interface AuthorizerParts {
  readonly node: NodeAuthorizer;
  readonly rbac: RbacIndex;
}

export const ALL_POWERFUL = 'system:masters';

export class UnionAuthorizer implements Authority {
  readonly #node: NodeAuthorizer;
  readonly #rbac: RbacIndex;

  constructor({ node, rbac }: AuthorizerParts) {
    this.#node = node;
    this.#rbac = rbac;
  }

  authorize(user: User, attributes: AccessAttributes): void {
    if (this.allows(user, attributes)) return;
    const reason = this.reasonAgainst(user, attributes);
    throw accessDenied({ ...attributes, user: user.name, ...(reason !== '' && { reason }) });
  }

  allows(user: User, attributes: AccessAttributes): boolean {
    return (
      user.groups.includes(ALL_POWERFUL) ||
      this.#node.allows(user, attributes) ||
      this.#rbac.allows(user, attributes)
    );
  }

  reasonAgainst(user: User, attributes: AccessAttributes): string {
    const dangling = this.#rbac.danglingFor(user, attributes.namespace);
    const rbac =
      dangling.length === 0
        ? ''
        : `RBAC: ${dangling.length > 1 ? `[${dangling.join(', ')}]` : (dangling[0] ?? '')}`;
    return [this.#node.refusal(user, attributes) ?? '', rbac].filter((text) => text !== '').join('\n');
  }

  rulesFor(user: User, namespace: string): readonly PolicyRule[] {
    const rules = this.#rbac.rulesFor(user, namespace);
    return user.groups.includes(ALL_POWERFUL) ? [...FULL_AUTHORITY, ...rules] : rules;
  }

  incompleteFor(user: User): boolean {
    return nodeNameOf(user) !== undefined;
  }
}

/** Forbidden unless the user holds all of these rights in the namespace. */
export function refuseEscalation(
  authority: Pick<Authority, 'rulesFor'>,
  user: User,
  wanted: {
    readonly groupResource: string;
    readonly namespace: string;
    readonly name: string;
    readonly rules: readonly PolicyRule[];
  },
): void {
  const missing = missingRights(authority.rulesFor(user, wanted.namespace), wanted.rules);
  if (missing.length > 0) throw escalation(user, wanted, missing);
}

function escalation(
  user: User,
  { groupResource, name }: { readonly groupResource: string; readonly name: string },
  missing: readonly PolicyRule[],
): ApiError {
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  const what = 'is attempting to grant RBAC permissions not currently held:';
  return forbidden(groupResource, name, `${who} ${what}\n${describeMissing(missing).join('\n')}`);
}
