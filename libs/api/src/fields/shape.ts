/**
 * The schema as ownership of fields sees it: what is owned whole and what by its parts. Compiled from the schema as
 * it is walked, once a message.
 */
import type { FieldSchema, MessageSchema, Schema } from '../schema/types.ts';

export type Shape = LeafShape | StructShape | MapShape | SetShape | ListShape;

/** Owned whole: scalars, atomic lists and atomic objects. */
export interface LeafShape {
  readonly kind: 'leaf';
}

export interface StructShape {
  readonly kind: 'struct';
  /** Undefined for what the schema does not know. */
  field(name: string): StructField | undefined;
}

export interface StructField {
  /** `f:NAME`. */
  readonly element: string;
  readonly shape: Shape;
  /**
   * True if the Go type always has the field, so that it counts as there even if JSON leaves it out: an owner of
   * `spec.replicas` does not own `spec`.
   */
  readonly alwaysThere: boolean;
}

/** Free keys, values of one shape. */
export interface MapShape {
  readonly kind: 'map';
  readonly values: Shape;
}

/** A list of scalars, each there once. */
export interface SetShape {
  readonly kind: 'set';
}

/** A list of objects that some of their fields tell apart. */
export interface ListShape {
  readonly kind: 'list';
  readonly keys: readonly ListKey[];
  readonly elements: Shape;
}

export interface ListKey {
  readonly name: string;
  readonly default: unknown;
}

const LEAF: LeafShape = Object.freeze({ kind: 'leaf' });
const SET: SetShape = Object.freeze({ kind: 'set' });

/** Fields of Go types that are structs by value at every place where they occur. */
const ALWAYS_THERE: ReadonlySet<string> = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'source',
  'nodeInfo',
  'daemonEndpoints',
  'kubeletEndpoint',
]);
/** Fields with an empty object for default that are pointers in Go types. */
const POINTERS: ReadonlySet<string> = new Set(['securityContext']);

const compiled = new WeakMap<Schema, Map<string, StructShape>>();

/** The shape of a message, by its full name. */
export function shapeOf(schema: Schema, message: string): StructShape {
  let shapes = compiled.get(schema);
  if (shapes === undefined) {
    shapes = new Map();
    compiled.set(schema, shapes);
  }
  let shape = shapes.get(message);
  if (shape === undefined) {
    shape = structShape(schema, schema.message(message));
    shapes.set(message, shape);
  }
  return shape;
}

function structShape(schema: Schema, message: MessageSchema): StructShape {
  const fields = new Map<string, StructField | undefined>();
  return {
    kind: 'struct',
    field(name) {
      if (fields.has(name)) return fields.get(name);
      const known = message.byName.get(name);
      const field = known === undefined ? undefined : structField(schema, known);
      if (known !== undefined) fields.set(name, field);
      return field;
    },
  };
}

function structField(schema: Schema, field: FieldSchema): StructField {
  return {
    element: `f:${field.name}`,
    shape: fieldShape(schema, field),
    alwaysThere: isAlwaysThere(field),
  };
}

function isAlwaysThere(field: FieldSchema): boolean {
  if (field.cardinality === 'list') return field.required;
  if (field.cardinality === 'map' || !('message' in field.type)) return false;
  return (
    field.required ||
    ALWAYS_THERE.has(field.name) ||
    (typeof field.default === 'object' && !POINTERS.has(field.name))
  );
}

function fieldShape(schema: Schema, field: FieldSchema): Shape {
  const inner = 'message' in field.type ? shapeOf(schema, field.type.message) : LEAF;
  switch (field.cardinality) {
    case 'single':
      return field.structType === 'atomic' ? LEAF : inner;
    case 'map':
      return field.structType === 'atomic' ? LEAF : { kind: 'map', values: inner };
    case 'list':
      if (field.listType === 'set') return SET;
      if (field.listType !== 'map') return LEAF;
      return {
        kind: 'list',
        keys: [...(field.listMapKeys ?? [])].sort().map((name) => listKey(schema, field, name)),
        elements: field.structType === 'atomic' ? LEAF : inner,
      };
  }
}

function listKey(schema: Schema, field: FieldSchema, name: string): ListKey {
  const element = 'message' in field.type ? schema.message(field.type.message).byName.get(name) : undefined;
  return { name, default: element?.default };
}
