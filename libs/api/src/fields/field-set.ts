/**
 * Sets of fields in the form in which `metadata.managedFields` keeps them (FieldsV1): a tree whose branches are path
 * elements — `f:NAME` a field, `k:{…}` an element of a list by its keys, `v:…` an element by its value. An element
 * without children, or with the child `.`, is itself in the set; the others only lead to what is.
 *
 * The trees are never changed: what two sets have in common is shared, and an operation that changes nothing gives its
 * first argument back.
 */

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** What stands for "this very field" in a tree. */
export const MEMBER: FieldSet = Object.freeze({});
/** As a whole set: no field. (As a branch of one, the same value is MEMBER.) */
export const EMPTY: FieldSet = Object.freeze({});

const SELF = '.';

type Branches = Readonly<Record<string, FieldSet>>;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

function isMember(node: FieldSet): boolean {
  if (SELF in node) return true;
  for (const _ in node) return false;
  return true;
}

/** A branch of a tree; undefined if there is nothing in it. */
export function branch(member: boolean, children: Branches | undefined): FieldSet | undefined {
  if (children === undefined || isEmptySet(children)) return member ? MEMBER : undefined;
  return member ? { [SELF]: MEMBER, ...children } : children;
}

/** Fields that are in either. */
export function unionOf(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b) || a === b) return a;
  if (isEmptySet(a)) return b;
  return branch(false, unionOfChildren(a, b)) ?? EMPTY;
}

function unionOfBranches(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const member = isMember(a) || isMember(b);
  const children = unionOfChildren(a, b);
  if (children === a && member === isMember(a)) return a;
  return branch(member, withoutSelf(children)) ?? MEMBER;
}

function unionOfChildren(a: FieldSet, b: FieldSet): FieldSet {
  let result: Record<string, FieldSet> | undefined;
  for (const element in b) {
    if (element === SELF) continue;
    const theirs = b[element] ?? MEMBER;
    const ours = a[element];
    const merged = ours === undefined ? theirs : unionOfBranches(ours, theirs);
    if (merged === ours) continue;
    result ??= { ...a };
    result[element] = merged;
  }
  return result ?? a;
}

function withoutSelf(node: FieldSet): FieldSet {
  if (!(SELF in node)) return node;
  const { [SELF]: _self, ...children } = node;
  return children;
}

/** Fields of `a` that are not in `b`. A field in `b` does not take the fields below it along. */
export function differenceOf(a: FieldSet, b: FieldSet): FieldSet {
  const children = differenceOfChildren(a, b);
  return children === a ? a : (branch(false, children) ?? EMPTY);
}

function differenceOfBranches(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (a === b) return undefined;
  const member = isMember(a) && !isMember(b);
  const children = differenceOfChildren(a, b);
  if (children === a && member === isMember(a)) return a;
  return branch(member, withoutSelf(children));
}

function differenceOfChildren(a: FieldSet, b: FieldSet): FieldSet {
  // What is left of each branch of `a` that `b` touches.
  let rests: Map<string, FieldSet | undefined> | undefined;
  for (const element in b) {
    const ours = a[element];
    if (element === SELF || ours === undefined) continue;
    const rest = differenceOfBranches(ours, b[element] ?? MEMBER);
    if (rest === ours) continue;
    rests ??= new Map();
    rests.set(element, rest);
  }
  return rests === undefined ? a : replaced(a, rests);
}

/** Built anew: a property that is deleted makes an object slow for everybody who reads it, its encoding first. */
function replaced(set: FieldSet, rests: ReadonlyMap<string, FieldSet | undefined>): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const rest = rests.has(element) ? rests.get(element) : set[element];
    if (rest !== undefined) result[element] = rest;
  }
  return result;
}

/** Fields that are in both. */
export function intersectionOf(a: FieldSet, b: FieldSet): FieldSet {
  return a === b ? a : (branch(false, intersectionOfChildren(a, b)) ?? EMPTY);
}

function intersectionOfBranches(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (a === b) return a;
  return branch(isMember(a) && isMember(b), intersectionOfChildren(a, b));
}

function intersectionOfChildren(a: FieldSet, b: FieldSet): Branches {
  const result: Record<string, FieldSet> = {};
  for (const element in a) {
    const ours = a[element];
    const theirs = b[element];
    if (element === SELF || ours === undefined || theirs === undefined) continue;
    const both = intersectionOfBranches(ours, theirs);
    if (both !== undefined) result[element] = both;
  }
  return result;
}

/** `set` without the named top-level fields and everything below them. */
export function withoutTopFields(set: FieldSet, elements: readonly string[]): FieldSet {
  if (!elements.some((element) => element in set)) return set;
  return replaced(set, new Map(elements.map((element) => [element, undefined])));
}

/** True if both hold the same fields. */
export function sameSet(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(differenceOf(a, b)) && isEmptySet(differenceOf(b, a));
}

/** The branch below an element: undefined if the set has nothing there. */
export function childOf(node: FieldSet, element: string): FieldSet | undefined {
  return element === SELF ? undefined : node[element];
}

/** True if `element` itself is in the set whose branch is given. */
export function hasMember(node: FieldSet, element: string): boolean {
  const child = node[element];
  return child !== undefined && isMember(child);
}

/** Every field of the set, as messages show it: `.spec.replicas`, `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet): readonly string[] {
  const paths: string[] = [];
  const visit = (node: FieldSet, path: string): void => {
    for (const element of Object.keys(node).sort()) {
      if (element === SELF) continue;
      const child = node[element] ?? MEMBER;
      const here = path + displayElement(element);
      if (isMember(child)) paths.push(here);
      visit(child, here);
    }
  };
  visit(set, '');
  return paths;
}

/** `f:spec` → `.spec`, `k:{"name":"web"}` → `[name="web"]`. */
export function displayElement(element: string): string {
  const content = element.slice(2);
  if (element.startsWith('f:')) return `.${content}`;
  const value: unknown = JSON.parse(content);
  if (element.startsWith('k:') && typeof value === 'object' && value !== null) {
    return `[${Object.entries(value)
      .map(([name, key]) => `${name}=${JSON.stringify(key)}`)
      .join(',')}]`;
  }
  return element.startsWith('v:') ? `[=${content}]` : `[${content}]`;
}

/** True if a JSON value from outside is a set in this form. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([element, below]) => isElement(element) && isFieldSet(below));
}

function isElement(element: string): boolean {
  if (element === SELF || element.startsWith('f:')) return true;
  if (element.startsWith('i:')) return /^i:\d+$/.test(element);
  if (!element.startsWith('k:{') && !element.startsWith('v:')) return false;
  try {
    JSON.parse(element.slice(2));
    return true;
  } catch {
    return false;
  }
}
