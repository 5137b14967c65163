/**
 * Compiles the descriptor image into the schema as plain JSON, so that a process has it after one JSON.parse.
 * The shapes are those of `libs/api/src/schema/types.ts`, without the maps that are built on load.
 */
import {
  createFileRegistry,
  type DescField,
  type DescFile,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  type JsonObject,
  type JsonValue,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import {
  FieldOptionsSchema,
  FileDescriptorSetSchema,
  FileOptionsSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';

const OBJECTS = 'reckon.api.';

type Options = (desc: DescFile | DescMessage | DescField, name: string) => JsonObject;

function allOptions(desc: DescFile | DescMessage | DescField, registry: FileRegistry): JsonValue {
  switch (desc.kind) {
    case 'file':
      return desc.proto.options ? toJson(FileOptionsSchema, desc.proto.options, { registry }) : {};
    case 'message':
      return desc.proto.options ? toJson(MessageOptionsSchema, desc.proto.options, { registry }) : {};
    case 'field':
      return desc.proto.options ? toJson(FieldOptionsSchema, desc.proto.options, { registry }) : {};
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function optionReader(registry: FileRegistry): Options {
  return (desc, name) => {
    const all = allOptions(desc, registry);
    const one = isObject(all) ? all[`[reckon.options.v1.${name}]`] : undefined;
    return isObject(one) ? one : {};
  };
}

/** Paths of messages and fields in a FileDescriptorProto's source info: message_type is 4, field is 2. */
function locate(desc: DescMessage | DescField): string {
  const message = desc.kind === 'message' ? desc : desc.parent;
  const path = [4, message.file.messages.indexOf(message)];
  return (desc.kind === 'message' ? path : [...path, 2, message.fields.indexOf(desc)]).join('.');
}

const commentsOf = new WeakMap<DescFile, ReadonlyMap<string, string>>();

function doc(desc: DescMessage | DescField): string {
  const file = desc.kind === 'message' ? desc.file : desc.parent.file;
  let comments = commentsOf.get(file);
  if (comments === undefined) {
    const locations = file.proto.sourceCodeInfo?.location ?? [];
    comments = new Map(locations.map((location) => [location.path.join('.'), location.leadingComments]));
    commentsOf.set(file, comments);
  }
  return (comments.get(locate(desc)) ?? '').replace(/^ /gm, '').trim();
}

const SCALARS: Readonly<Record<string, string>> = {
  SCALAR_TIME: 'time',
  SCALAR_MICRO_TIME: 'microTime',
  SCALAR_DURATION: 'duration',
  SCALAR_QUANTITY: 'quantity',
  SCALAR_INT_OR_STRING: 'intOrString',
  SCALAR_FIELDS_V1: 'fieldsV1',
  SCALAR_RAW_OBJECT: 'rawObject',
  SCALAR_JSON: 'json',
  SCALAR_BYTES: 'bytes',
  SCALAR_STRING_LIST: 'stringList',
};
const PROTO_SCALARS: ReadonlyMap<ScalarType, string> = new Map([
  [ScalarType.STRING, 'string'],
  [ScalarType.INT32, 'int32'],
  [ScalarType.UINT32, 'int32'],
  [ScalarType.INT64, 'int64'],
  [ScalarType.BOOL, 'bool'],
  [ScalarType.DOUBLE, 'double'],
]);

function fieldType(field: DescField, options: JsonObject): JsonObject {
  const wrapper = SCALARS[String(options.scalar)];
  if (wrapper !== undefined) return { scalar: wrapper };
  if (field.message !== undefined) return { message: field.message.typeName };
  const scalar = field.scalar === undefined ? undefined : PROTO_SCALARS.get(field.scalar);
  if (scalar === undefined) throw new Error(`${field}: a type that no schema has`);
  return { scalar };
}

const lastWord = (value: JsonValue | undefined): string | undefined =>
  value === undefined ? undefined : String(value).split('_').pop()?.toLowerCase();

function compileField(field: DescField, read: Options): JsonObject {
  const options = read(field, 'field');
  const {
    scalar: _,
    default: fallback,
    required,
    immutable,
    unimplemented,
    listType,
    structType,
    harmless,
    ...rest
  } = options;
  const atomic = field.message !== undefined && read(field.message, 'message').atomic === true;
  const struct = lastWord(structType) ?? (atomic ? 'atomic' : undefined);
  return {
    name: field.jsonName,
    number: field.number,
    type: fieldType(field, options),
    cardinality: field.fieldKind === 'list' ? 'list' : field.fieldKind === 'map' ? 'map' : 'single',
    doc: doc(field),
    required: required === true,
    immutable: immutable === true,
    implemented: unimplemented !== true,
    ...rest,
    ...(Array.isArray(harmless)
      ? { harmless: harmless.map((text) => JSON.parse(String(text)) as JsonValue) }
      : {}),
    ...(fallback === undefined ? {} : { default: JSON.parse(String(fallback)) as JsonValue }),
    ...(listType === undefined ? {} : { listType: lastWord(listType) ?? '' }),
    ...(struct === undefined ? {} : { structType: struct }),
  };
}

function compileMessage(message: DescMessage, read: Options): JsonObject {
  const api = read(message.file, 'api');
  const { kind, atomic, olderVersions } = read(message, 'message');
  return {
    name: message.typeName,
    openapiName: `${String(api.openapiPrefix)}.${message.name}`,
    doc: doc(message),
    ...(kind === true
      ? { kind: { group: api.group ?? '', version: api.version ?? '', kind: message.name } }
      : {}),
    ...(atomic === true ? { atomic } : {}),
    ...(olderVersions === undefined ? {} : { olderVersions }),
    fields: message.fields.map((field) => compileField(field, read)),
  };
}

function compileResource(message: DescMessage, read: Options): JsonObject {
  const api = read(message.file, 'api');
  const facts = read(message, 'resource');
  const group = String(api.group ?? '');
  const plural = String(facts.plural);
  const subresources = Array.isArray(facts.subresources) ? facts.subresources.filter(isObject) : [];
  return {
    group,
    version: String(api.version),
    resource: plural,
    groupResource: group === '' ? plural : `${plural}.${group}`,
    kind: message.name,
    listKind: `${message.name}List`,
    singular: facts.singular ?? '',
    shortNames: facts.shortNames ?? [],
    categories: facts.categories ?? [],
    namespaced: facts.namespaced === true,
    verbs: facts.verbs ?? [],
    subresources: subresources.map((sub) => ({
      name: sub.name ?? '',
      group: sub.group ?? '',
      version: sub.version ?? '',
      kind: sub.kind ?? '',
      verbs: sub.verbs ?? [],
      served: sub.served === true,
    })),
    message: message.typeName,
    served: facts.served === true,
    confidential: facts.confidential === true,
    heartbeat: facts.heartbeat === true,
    olderVersions: facts.olderVersions ?? [],
  };
}

export function compileSchema(image: Uint8Array): JsonObject {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  const read = optionReader(registry);
  const messages = [...registry]
    .filter((desc) => desc.kind === 'message')
    .filter((desc) => desc.typeName.startsWith(OBJECTS));
  return {
    messages: messages.map((message) => compileMessage(message, read)),
    resources: messages
      .filter((message) => read(message, 'resource').plural !== undefined)
      .map((message) => compileResource(message, read)),
  };
}
