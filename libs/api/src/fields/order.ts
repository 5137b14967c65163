/**
 * The order in which Kubernetes writes a set of fields: the field itself, then fields by name, then elements of lists
 * by their keys or values. Whoever compares managedFields as text finds the same set to be the same text.
 */
import { isObject } from '../json/types.ts';

/** `.`, `f:`, `k:` and `v:` come in this order by themselves. */
export function compareElements(a: string, b: string): number {
  const kind = a.charCodeAt(0);
  const isOfList = kind === KEY || kind === VALUE;
  if (isOfList && kind === b.charCodeAt(0)) {
    const [x, y] = [parsed(a), parsed(b)];
    return isObject(x) && isObject(y) ? compareKeys(x, y) : compareScalars(x, y);
  }
  return a < b ? -1 : a > b ? 1 : 0;
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
