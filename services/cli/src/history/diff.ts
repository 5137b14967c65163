/** What changed between two objects, field by field, as a person would say it. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export interface FieldChange {
  readonly op: 'add' | 'remove' | 'change';
  /** `spec.template.spec.containers[nginx].image` */
  readonly path: string;
  /** Keys from the root; elements of lists by their merge key or their place. */
  readonly keys: readonly string[];
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** Bookkeeping of the API itself: it changes with every write and tells nobody anything. */
const NOISE: readonly (readonly string[])[] = [
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
  ['metadata', 'generation'],
  ['metadata', 'selfLink'],
  ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
  ['status', 'observedGeneration'],
];

/** Fields by which elements of a list are told apart, whatever their order (Kubernetes: `x-kubernetes-list-map-keys`). */
const MERGE_KEYS = ['name', 'type', 'containerPort', 'port', 'key', 'mountPath', 'ip', 'uid', 'topologyKey'];

/** @param before undefined: it was not there, and its whole content is new. */
export function diffObjects(before: Json | undefined, after: Json | undefined): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  compare({ path: '', keys: [] }, { before: quiet(before), after: quiet(after) }, changes);
  return changes;
}

interface Place {
  readonly path: string;
  readonly keys: readonly string[];
}

interface Sides {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function compare(place: Place, { before, after }: Sides, changes: FieldChange[]): void {
  // What appears or goes away near the root is told by its parts.
  const apart = place.keys.length < 2 && (before === undefined || after === undefined);
  const [old, now] = apart ? [before ?? {}, after ?? {}] : [before, after];
  if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
      compare(member(place, key), { before: old[key], after: now[key] }, changes);
  } else if (isList(before) && isList(after)) compareLists(place, { before, after }, changes);
  else if (before === after) return;
  else if (before === undefined) changes.push({ op: 'add', ...place, after });
  else if (after === undefined) changes.push({ op: 'remove', ...place, before });
  else changes.push({ op: 'change', ...place, before, after });
}

function compareLists(
  place: Place,
  { before, after }: { readonly before: readonly Json[]; readonly after: readonly Json[] },
  changes: FieldChange[],
): void {
  const key = MERGE_KEYS.find((name) => tellsApart(before, name) && tellsApart(after, name));
  if (key !== undefined) {
    const [old, now] = [byKey(before, key), byKey(after, key)];
    for (const name of new Set([...old.keys(), ...now.keys()]))
      compare(element(place, name), { before: old.get(name), after: now.get(name) }, changes);
    return;
  }
  if (before.length === after.length && before.some(isObject)) {
    for (const [at, value] of before.entries())
      compare(element(place, String(at)), { before: value, after: after[at] }, changes);
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(after))
    changes.push({ op: 'change', ...place, before, after });
}

function member({ path, keys }: Place, key: string): Place {
  const plain = /^[A-Za-z_$][\w$-]*$/.test(key);
  const step = plain ? (path === '' ? key : `.${key}`) : `[${JSON.stringify(key)}]`;
  return { path: `${path}${step}`, keys: [...keys, key] };
}

function element({ path, keys }: Place, name: string): Place {
  return { path: `${path}[${name}]`, keys: [...keys, name] };
}

function tellsApart(list: readonly Json[], key: string): boolean {
  const values = list.map((one) => (isObject(one) ? one[key] : undefined));
  return (
    values.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(values).size === values.length
  );
}

function byKey(list: readonly Json[], key: string): ReadonlyMap<string, Json> {
  return new Map(list.map((one) => [isObject(one) ? String(one[key]) : '', one]));
}

function quiet(object: Json | undefined): Json | undefined {
  return NOISE.reduce<Json | undefined>((value, path) => without(value, path), object);
}

function without(value: Json | undefined, [key, ...rest]: readonly string[]): Json | undefined {
  if (key === undefined || !isObject(value) || value[key] === undefined) return value;
  const { [key]: gone, ...others } = value;
  if (rest.length === 0) return others;
  const left = without(gone, rest);
  // A map that held nothing but noise is noise.
  if (isObject(left) && Object.keys(left).length === 0 && rest.length === 1) return others;
  return { ...value, [key]: left };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
