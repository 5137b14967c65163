/**
 * The order in which Kubernetes writes a set of fields: the field itself, then fields by name, then elements of lists
 * by their keys or values. Whoever compares managedFields as text finds the same set to be the same text.
 */
import { isObject } from '../json/types.ts';

export function compareElements(a: string, b: string): number {
  return compare(elementOf(a), elementOf(b));
}

/** Whether they are in that order already, as nearly all are: each is looked into once. */
export function areInOrder(elements: readonly string[]): boolean {
  if (elements.length < 2) return true;
  let before: Element | undefined;
  for (const text of elements) {
    const element = elementOf(text);
    if (before && compare(before, element) > 0) return false;
    before = element;
  }
  return true;
}

interface Element {
  readonly text: string;
  /** Of the element of a list: its keys, or its value. */
  readonly ofList: { readonly kind: number; readonly value: unknown } | undefined;
}

function elementOf(text: string): Element {
  const kind = text.charCodeAt(0);
  const isOfList = kind === KEY || kind === VALUE;
  return { text, ofList: isOfList ? { kind, value: parsed(text) } : undefined };
}

/** `.`, `f:`, `k:` and `v:` come in this order by themselves. */
function compare(a: Element, b: Element): number {
  if (a.ofList && b.ofList && a.ofList.kind === b.ofList.kind) {
    const [x, y] = [a.ofList.value, b.ofList.value];
    return isObject(x) && isObject(y) ? compareKeys(x, y) : compareScalars(x, y);
  }
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

const KEY = 'k'.charCodeAt(0);
const VALUE = 'v'.charCodeAt(0);

function parsed(element: string): unknown {
  return JSON.parse(element.slice(element.indexOf(':') + 1));
}

type Keys = Readonly<Record<string, unknown>>;

/** Key by key, each by its name and then by its value; who has fewer comes first. */
function compareKeys(a: Keys, b: Keys): number {
  const [ofA, ofB] = [Object.entries(a), Object.entries(b)];
  for (const [at, [name, value]] of ofA.entries()) {
    const other = ofB[at];
    if (other === undefined) return 1;
    const order = compareScalars(name, other[0]) || compareScalars(value, other[1]);
    if (order !== 0) return order;
  }
  return ofA.length - ofB.length;
}

/** Numbers by value and before texts. */
function compareScalars(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : typeof b === 'number' ? 1 : 0;
  const [x, y] = [String(a), String(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
