/** Messages as JSON Schema, with Kubernetes' extensions. The two versions of OpenAPI differ in details only. */
import type { FieldSchema, MessageSchema, ScalarType, Schema } from '../schema/types.ts';
import type { GroupVersionKind, JsonSchema } from './types.ts';

export type OpenApiVersion = 'v2' | 'v3';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const META_GROUP = 'meta.k8s.io';
/** Meta kinds that are part of every group and version. */
const EVERYWHERE: ReadonlySet<string> = new Set(['DeleteOptions', 'WatchEvent']);

/** Scalars that are definitions of their own. */
const NAMED_SCALARS: Readonly<Partial<Record<ScalarType, string>>> = {
  time: `${META}Time`,
  microTime: `${META}MicroTime`,
  duration: `${META}Duration`,
  fieldsV1: `${META}FieldsV1`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  rawObject: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
};

const PLAIN_SCALARS: Readonly<Partial<Record<ScalarType, JsonSchema>>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  bool: { type: 'boolean' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  stringList: { type: 'array', items: { type: 'string' } },
};

const TEXT: Readonly<Record<string, string>> = {
  time: 'A moment in RFC 3339 form, in whole seconds and UTC: 2026-01-02T15:04:05Z.',
  microTime: 'A moment in RFC 3339 form, in microseconds and UTC: 2026-01-02T15:04:05.000000Z.',
  duration: 'A length of time: 90s, 1h30m.',
  fieldsV1:
    'A set of fields as a trie: each key is a field or an item of a list, its value the set below it.',
  quantity:
    'A number with an optional suffix: decimal (n, u, m, k, M, G, T, P, E), binary (Ki, Mi, Gi, Ti, Pi, Ei) or an exponent (1e3).',
  intOrString: 'An integer or a string; where a percentage is meant, the string is like 25%.',
  rawObject: 'An object of whatever kind.',
};

const NAMED_FORMS: Readonly<Record<OpenApiVersion, Readonly<Record<string, JsonSchema>>>> = {
  v2: {
    time: { type: 'string', format: 'date-time' },
    microTime: { type: 'string', format: 'date-time' },
    duration: { type: 'string' },
    fieldsV1: { type: 'object' },
    quantity: { type: 'string' },
    intOrString: { type: 'string', format: 'int-or-string' },
    rawObject: { type: 'object' },
  },
  v3: {
    time: { type: 'string', format: 'date-time' },
    microTime: { type: 'string', format: 'date-time' },
    duration: { type: 'string' },
    fieldsV1: { type: 'object' },
    quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    intOrString: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
    rawObject: { type: 'object' },
  },
};

export function refTo(version: OpenApiVersion, name: string): string {
  return version === 'v2' ? `#/definitions/${name}` : `#/components/schemas/${name}`;
}

/** Full protobuf names of the messages and the scalars that can be reached from some messages. */
function reachable(
  schema: Schema,
  roots: Iterable<string>,
): { messages: Set<string>; scalars: Set<ScalarType> } {
  const messages = new Set<string>();
  const scalars = new Set<ScalarType>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (messages.has(name)) continue;
    messages.add(name);
    for (const { type } of schema.message(name).fields) {
      if ('message' in type) open.push(type.message);
      else scalars.add(type.scalar);
    }
  }
  return { messages, scalars };
}

class Definitions {
  readonly #schema: Schema;
  readonly #version: OpenApiVersion;

  constructor(schema: Schema, version: OpenApiVersion) {
    this.#schema = schema;
    this.#version = version;
  }

  message(message: MessageSchema): JsonSchema {
    const required = message.fields.filter((field) => field.required).map((field) => field.name);
    const fields = message.fields.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const kinds = this.#kinds(message);
    return {
      ...described(message.doc),
      type: 'object',
      ...(required.length > 0 ? { required } : {}),
      ...(fields.length > 0
        ? { properties: Object.fromEntries(fields.map((field) => [field.name, this.#field(field)])) }
        : {}),
      ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds } : {}),
      ...(message.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    };
  }

  #kinds({ kind }: MessageSchema): readonly GroupVersionKind[] {
    if (kind === undefined) return [];
    if (kind.group !== META_GROUP) return [kind];
    if (!EVERYWHERE.has(kind.kind))
      return kind.kind === 'Status' ? [{ group: '', version: 'v1', kind: 'Status' }] : [kind];
    const versions = new Map(
      this.#schema.resources.map(({ group, version }) => [`${group}/${version}`, { group, version }]),
    );
    return [...versions.values()].map(({ group, version }) => ({ group, version, kind: kind.kind }));
  }

  #item(field: FieldSchema): JsonSchema {
    const { type } = field;
    if ('message' in type) return this.#ref(this.#schema.message(type.message).openapiName);
    const named = NAMED_SCALARS[type.scalar];
    return named === undefined ? (PLAIN_SCALARS[type.scalar] ?? {}) : this.#ref(named);
  }

  #ref(name: string): JsonSchema {
    return { $ref: refTo(this.#version, name) };
  }

  #field(field: FieldSchema): JsonSchema {
    const item = field.enum === undefined ? this.#item(field) : { ...this.#item(field), enum: field.enum };
    const base =
      field.cardinality === 'list'
        ? { type: 'array', items: this.#wrapped(item) }
        : field.cardinality === 'map'
          ? { type: 'object', additionalProperties: this.#wrapped(item) }
          : this.#version === 'v3' && '$ref' in item
            ? { allOf: [item] }
            : item;
    const isDefault = this.#version === 'v3' && field.default !== undefined;
    return {
      ...described(field.doc),
      ...base,
      ...(isDefault ? { default: field.default } : {}),
      ...extensions(field),
    };
  }

  #wrapped(item: JsonSchema): JsonSchema {
    return this.#version === 'v3' && '$ref' in item ? { allOf: [item] } : item;
  }
}

function described(doc: string): JsonSchema {
  return doc === '' ? {} : { description: doc.replaceAll('\n', ' ') };
}

function extensions(field: FieldSchema): JsonSchema {
  const isMap = field.cardinality === 'map';
  return {
    ...(field.listMapKeys ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
    ...(field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(isMap && field.structType ? { 'x-kubernetes-map-type': field.structType } : {}),
    ...(field.patchMergeKey ? { 'x-kubernetes-patch-merge-key': field.patchMergeKey } : {}),
    ...(field.patchStrategy ? { 'x-kubernetes-patch-strategy': field.patchStrategy.join(',') } : {}),
  };
}

/** The definitions of some messages and of all that they refer to, by OpenAPI name, sorted. */
export function definitionsOf(
  schema: Schema,
  roots: Iterable<string>,
  version: OpenApiVersion,
): Readonly<Record<string, JsonSchema>> {
  const definitions = new Definitions(schema, version);
  const { messages, scalars } = reachable(schema, roots);
  const entries: [string, JsonSchema][] = [...messages].map((name) => {
    const message = schema.message(name);
    return [message.openapiName, definitions.message(message)];
  });
  for (const scalar of scalars) {
    const name = NAMED_SCALARS[scalar];
    if (name !== undefined)
      entries.push([name, { description: TEXT[scalar], ...NAMED_FORMS[version][scalar] }]);
  }
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
