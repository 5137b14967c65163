import { type FieldReader, selectableFields } from '@reckon/api';
import { NO_LABELS, type Selectable } from '../cache/entry.ts';
import type { KubeObject } from './types.ts';

const NODE_NAME = 'spec.nodeName';

interface Fields {
  readonly readers: readonly FieldReader[];
  /** Field → its place. */
  readonly places: ReadonlyMap<string, number>;
  readonly nodeName: number | undefined;
}

const known = new Map<string, Fields>();

function fieldsOf(resource: string): Fields {
  const found = known.get(resource);
  if (found) return found;
  const entries = [...selectableFields(resource).fields];
  const places = new Map(entries.map(([field], i) => [field, i]));
  const fields = { readers: entries.map(([, read]) => read), places, nodeName: places.get(NODE_NAME) };
  known.set(resource, fields);
  return fields;
}

/** Where `Selectable.fields` of that resource has the field; -1 if it is none that selectors know. */
export function placeOfField(resource: string, field: string): number {
  return fieldsOf(resource).places.get(field) ?? -1;
}

/** What selectors may ask about the object. */
export function selectableOf(resource: string, value: KubeObject): Selectable {
  const { readers, nodeName } = fieldsOf(resource);
  // Of just this size, for as many as there are objects are kept.
  const fields = readers.map((read) => read(value));
  return {
    labels: value.metadata.labels ?? NO_LABELS,
    fields,
    nodeName: nodeName === undefined ? undefined : fields[nodeName],
  };
}
