/**
 * Decodes plain JSON values as messages of the schema: what nobody knows is left out and reported, what has the wrong
 * type is refused, what can be written in several ways is brought to one. One closure a message, compiled at first
 * use; a value that needs no change is returned itself, without a copy.
 */
import { ApiError } from '../errors/api-error.ts';
import { setField } from '../json/build.ts';
import { isObject, jsonTypeName } from '../json/types.ts';
import type { FieldSchema, FieldType, MessageSchema, Schema } from '../schema/types.ts';
import { fieldNames, formatPath } from './path.ts';
import { GO_TYPES, SCALAR_DECODERS, type ScalarDecoder } from './scalars.ts';
import { type Decode, type DecodeState, ScalarError } from './types.ts';

/** Decodes one value that is not null. */
type ValueDecoder = (value: unknown, state: DecodeState) => unknown;
type Fields = Readonly<Record<string, unknown>>;
type MessageDecoder = (value: Fields, state: DecodeState) => Fields;

const badRequest = (message: string): ApiError => new ApiError('BadRequest', message);
const shortName = (message: string): string => message.slice(message.lastIndexOf('.') + 1);
/** `reckon.api.core.v1.Pod` is `v1.Pod` in Go. */
const goName = (message: string): string => message.split('.').slice(-2).join('.');

function goType(type: FieldType): string {
  return 'scalar' in type ? GO_TYPES[type.scalar] : goName(type.message);
}

function fieldGoType(field: FieldSchema): string {
  const item = goType(field.type);
  if (field.cardinality === 'list') return `[]${item}`;
  return field.cardinality === 'map' ? `map[string]${item}` : item;
}

function zeroOf(type: FieldType): unknown {
  if ('message' in type) return {};
  switch (type.scalar) {
    case 'string':
    case 'bytes':
      return '';
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'bool':
      return false;
    default:
      return null;
  }
}

/** Where the value is, as Go's decoder says it: the struct, then all field names without indices. */
function goField(message: string, state: DecodeState): string {
  return `struct field ${shortName(message)}.${fieldNames(state.path)}`;
}

function mismatch(owner: MessageSchema, value: unknown, state: DecodeState, type: string): ApiError {
  const place = goField(owner.name, state);
  return badRequest(`json: cannot unmarshal ${jsonTypeName(value)} into Go ${place} of type ${type}`);
}

class Compiler {
  readonly #schema: Schema;
  readonly #decoders = new Map<string, MessageDecoder>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  message(name: string): MessageDecoder {
    const known = this.#decoders.get(name);
    if (known !== undefined) return known;
    const fields = new Map<string, ValueDecoder>();
    const schema = this.#schema.message(name);
    const decoder: MessageDecoder = (value, state) => decodeFields(fields, value, state);
    // Entered before its fields are compiled: messages may contain themselves.
    this.#decoders.set(name, decoder);
    for (const field of schema.fields) fields.set(field.name, this.#field(schema, field));
    return decoder;
  }

  #field(owner: MessageSchema, field: FieldSchema): ValueDecoder {
    const item = this.#item(owner, field.type);
    switch (field.cardinality) {
      case 'single':
        return item;
      case 'list':
        return listDecoder(owner, field, item);
      case 'map':
        return mapDecoder(owner, field, item);
    }
  }

  #item(owner: MessageSchema, type: FieldType): ValueDecoder {
    if ('message' in type) {
      const decode = this.message(type.message);
      return (value, state) => {
        if (!isObject(value)) throw mismatch(owner, value, state, goType(type));
        return decode(value, state);
      };
    }
    return scalarDecoder(owner, SCALAR_DECODERS[type.scalar]);
  }
}

function scalarDecoder(owner: MessageSchema, decode: ScalarDecoder): ValueDecoder {
  return (value, state) => {
    try {
      return decode(value);
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error;
      const place = error.complete ? '' : goField(owner.name, state);
      throw badRequest(error.message.replace('%s', () => place));
    }
  };
}

function listDecoder(owner: MessageSchema, field: FieldSchema, item: ValueDecoder): ValueDecoder {
  const type = fieldGoType(field);
  return (value, state) => {
    if (!Array.isArray(value)) throw mismatch(owner, value, state, type);
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const before: unknown = value[i];
      state.path.push(i);
      const after = before === null ? zeroOf(field.type) : item(before, state);
      state.path.pop();
      if (after === before) continue;
      copy ??= [...value];
      copy[i] = after;
    }
    return copy ?? value;
  };
}

function mapDecoder(owner: MessageSchema, field: FieldSchema, item: ValueDecoder): ValueDecoder {
  const type = fieldGoType(field);
  const ofMessages = 'message' in field.type;
  return (value, state) => {
    if (!isObject(value)) throw mismatch(owner, value, state, type);
    let changes: Map<string, unknown> | undefined;
    for (const key in value) {
      const before = value[key];
      if (ofMessages) state.path.push({ mapKey: key });
      const after = before === null ? zeroOf(field.type) : item(before, state);
      if (ofMessages) state.path.pop();
      if (after === before) continue;
      changes ??= new Map();
      changes.set(key, after);
    }
    return changes === undefined ? value : withChanges(value, changes);
  };
}

function decodeFields(fields: ReadonlyMap<string, ValueDecoder>, value: Fields, state: DecodeState): Fields {
  let changes: Map<string, unknown> | undefined;
  for (const key in value) {
    const decode = fields.get(key);
    const before = value[key];
    state.path.push(key);
    let after: unknown;
    if (decode === undefined) state.unknownFields.push(formatPath(state.path));
    else if (before !== null && before !== undefined) after = decode(before, state);
    state.path.pop();
    if (after === before) continue;
    changes ??= new Map();
    changes.set(key, after);
  }
  return changes === undefined ? value : withChanges(value, changes);
}

/** A copy in which some fields have other values; those whose value is undefined are left out. */
function withChanges(value: Fields, changes: ReadonlyMap<string, unknown>): Fields {
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const next = changes.has(key) ? changes.get(key) : value[key];
    if (next !== undefined) setField(copy, key, next);
  }
  return copy;
}

/** A decoder for all messages of a schema. */
export function createDecoder(schema: Schema): Decode {
  const compiler = new Compiler(schema);
  return (message, value) => {
    const decode = compiler.message(message);
    const state: DecodeState = { path: [], unknownFields: [] };
    if (!isObject(value)) {
      throw badRequest(
        `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type ${goName(message)}`,
      );
    }
    const decoded = decode(value, state);
    return { value: decoded, unknownFields: state.unknownFields };
  };
}
