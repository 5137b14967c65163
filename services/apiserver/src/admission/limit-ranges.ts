/** LimitRanges as admission asks for them: worked out once for each, not once for each pod. */
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { type Fields, fieldsOf, listOf } from './fields.ts';

/** What a container is given for what it does not say, by name and in the order of names. */
export interface Defaults {
  readonly requests: readonly Default[];
  readonly limits: readonly Default[];
}

export interface Default {
  readonly resource: string;
  readonly amount: unknown;
}

export interface Limits {
  /** Undefined: it has none. */
  readonly defaults: Defaults | undefined;
  /** Of those items that can refuse something, each for objects of its `type`. */
  readonly bounds: readonly Fields[];
}

/** By the parsed value of the LimitRange, which is another one as soon as it changes. */
const KNOWN = new WeakMap<KubeObject, Limits>();

/** In the order of their names. */
export function limitsOf({ state }: Pick<Preparation, 'state'>, namespace: string): readonly Limits[] {
  return state.list('limitranges', namespace).map(({ value }) => {
    const known = KNOWN.get(value) ?? worked(value);
    KNOWN.set(value, known);
    return known;
  });
}

function worked(range: KubeObject): Limits {
  const items = listOf(fieldsOf(range.spec).limits);
  const ofContainers = items.filter(({ type }) => type === 'Container');
  const own = {
    requests: merged(ofContainers.map(({ defaultRequest }) => inOrder(defaultRequest))),
    limits: merged(ofContainers.map((item) => inOrder(item.default))),
  };
  const none = own.requests.length === 0 && own.limits.length === 0;
  return { defaults: none ? undefined : own, bounds: items.filter(refuses) };
}

/** The first LimitRange by name that has a default for a resource gives it. */
export function defaultsOf(ranges: readonly Limits[]): Defaults | undefined {
  let found: Defaults | undefined;
  for (const { defaults } of ranges) {
    if (found && defaults)
      found = {
        requests: merged([found.requests, defaults.requests]),
        limits: merged([found.limits, defaults.limits]),
      };
    else found ??= defaults;
  }
  return found;
}

function inOrder(amounts: unknown): readonly Default[] {
  return Object.entries(fieldsOf(amounts)).map(([resource, amount]) => ({ resource, amount }));
}

function merged(all: readonly (readonly Default[])[]): readonly Default[] {
  const first = new Map<string, Default>();
  for (const one of all.flat()) if (!first.has(one.resource)) first.set(one.resource, one);
  return [...first.values()].sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

function refuses({ min, max, maxLimitRequestRatio }: Fields): boolean {
  return [min, max, maxLimitRequestRatio].some((bound) => Object.keys(fieldsOf(bound)).length > 0);
}
