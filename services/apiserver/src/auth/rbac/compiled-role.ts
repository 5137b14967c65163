import type { AccessAttributes } from '../../verbs/types.ts';
import { ALL, allowsOfResource, has, type PolicyRule, pathMatches } from './rule.ts';

/** The rules of a role by the resources that they name: asking costs a look-up, however many rules it has. */
export class CompiledRole {
  readonly rules: readonly PolicyRule[];
  readonly #byResource = new Map<string, PolicyRule[]>();
  readonly #ofAnyResource: PolicyRule[] = [];
  /** By subresource: rules for that one of whatever resource. */
  readonly #bySubresource = new Map<string, PolicyRule[]>();
  readonly #ofPaths: PolicyRule[] = [];

  constructor(rules: readonly PolicyRule[]) {
    this.rules = rules;
    for (const rule of rules) {
      if (rule.nonResourceURLs.length > 0) this.#ofPaths.push(rule);
      for (const resource of new Set(rule.resources)) {
        if (resource === ALL) this.#ofAnyResource.push(rule);
        else if (resource.startsWith('*/')) file(this.#bySubresource, resource.slice(2), rule);
        else file(this.#byResource, resource, rule);
      }
    }
  }

  allows(asked: AccessAttributes): boolean {
    const { path } = asked;
    if (path !== undefined) {
      for (const rule of this.#ofPaths)
        if (has(rule.verbs, asked.verb) && rule.nonResourceURLs.some((one) => pathMatches(one, path)))
          return true;
      return false;
    }
    if (anyAllows(this.#ofAnyResource, asked)) return true;
    const { resource, subresource } = asked;
    if (subresource === '') return anyAllows(this.#byResource.get(resource), asked);
    return (
      anyAllows(this.#bySubresource.get(subresource), asked) ||
      anyAllows(this.#byResource.get(`${resource}/${subresource}`), asked)
    );
  }
}

function file(rules: Map<string, PolicyRule[]>, key: string, rule: PolicyRule): void {
  const there = rules.get(key);
  if (there) there.push(rule);
  else rules.set(key, [rule]);
}

function anyAllows(rules: readonly PolicyRule[] | undefined, asked: AccessAttributes): boolean {
  if (!rules) return false;
  for (const rule of rules) if (allowsOfResource(rule, asked)) return true;
  return false;
}
