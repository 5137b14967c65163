/**
 * What the schema alone can say about an object: required fields, values of an enumeration, formats, bounds, items
 * that must differ. What depends on several fields is told by the validation of each kind.
 *
 * Metadata has rules of its own for names and is left to those; status says what is and is not judged.
 */
import type { Cause } from '../errors/api-error.ts';
import { jsonEqual } from '../json/equal.ts';
import { isArray, isObject } from '../json/types.ts';
import type { FieldSchema, MessageSchema, Schema } from '../schema/types.ts';
import { duplicate, invalidValue, notSupported, required } from './causes.ts';
import { boundsMessage, FORMATS, type Format } from './formats.ts';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: Fields, path: string, causes: Cause[]) => void;
type FieldCheck = (value: unknown, path: string, causes: Cause[]) => void;

const METADATA = 'reckon.api.meta.v1.ObjectMeta';
const EMPTY: Fields = Object.freeze({});

/** Wrong fields of a message, in the order of its fields. `path` is where the message is, '' for a whole object. */
export type ValidateSchema = (message: string, value: Fields, path?: string) => readonly Cause[];

class Compiler {
  readonly #schema: Schema;
  readonly #checks = new Map<string, Check>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  message(name: string): Check {
    const known = this.#checks.get(name);
    if (known !== undefined) return known;
    const fields: { readonly name: string; readonly check: FieldCheck; readonly always: boolean }[] = [];
    const check: Check = (value, path, causes) => {
      for (const field of fields) {
        const part = value[field.name];
        if (part === undefined && !field.always) continue;
        field.check(part, path === '' ? field.name : `${path}.${field.name}`, causes);
      }
    };
    this.#checks.set(name, check);
    const message = this.#schema.message(name);
    for (const field of message.fields) {
      const compiled = this.#field(message, field);
      if (compiled !== undefined)
        fields.push({ name: field.name, check: compiled, always: isChecked(field) });
    }
    return check;
  }

  #field(owner: MessageSchema, field: FieldSchema): FieldCheck | undefined {
    if (owner.kind !== undefined && field.name === 'status') return undefined;
    const own = ownChecks(field);
    const inner =
      'message' in field.type && field.type.message !== METADATA
        ? this.#inner(field, field.type.message)
        : undefined;
    const checks = inner === undefined ? own : [...own, inner];
    const [first, ...rest] = checks;
    if (first === undefined || rest.length === 0) return first;
    return (value, path, causes) => {
      for (const check of checks) check(value, path, causes);
    };
  }

  #inner(field: FieldSchema, name: string): FieldCheck {
    const check = this.message(name);
    switch (field.cardinality) {
      case 'single':
        return (value, path, causes) => {
          if (isObject(value)) check(value, path, causes);
          // Where Go has a struct rather than a pointer, what is absent is checked as if it were empty.
          else if (field.default !== undefined) check(EMPTY, path, causes);
        };
      case 'list':
        return (value, path, causes) => {
          if (!isArray(value)) return;
          value.forEach((item, index) => {
            if (isObject(item)) check(item, `${path}[${index}]`, causes);
          });
        };
      case 'map':
        return (value, path, causes) => {
          if (!isObject(value)) return;
          for (const key in value) {
            const item = value[key];
            if (isObject(item)) check(item, `${path}[${key}]`, causes);
          }
        };
    }
  }
}

/** Whether a field has to be looked at even where it is absent. */
function isChecked(field: FieldSchema): boolean {
  return (
    field.required ||
    FORMATS[field.format ?? '']?.checksAbsent === true ||
    ('message' in field.type && field.default !== undefined)
  );
}

function ownChecks(field: FieldSchema): FieldCheck[] {
  const checks: FieldCheck[] = [];
  const format = field.format === undefined ? undefined : FORMATS[field.format];
  if (field.format !== undefined && format === undefined)
    throw new Error(`${field.name}: no format ${field.format}`);
  if (isMissable(field, format)) checks.push(requiredCheck(field));
  if (field.enum !== undefined) checks.push(enumCheck(field, field.enum));
  if (format !== undefined) checks.push(formatCheck(field, format));
  if (field.minimum !== undefined || field.maximum !== undefined) checks.push(boundsCheck(field));
  if (field.unique) checks.push(uniqueCheck(field));
  return checks;
}

/** Of a number Go cannot tell zero from absence: it is the format or the bounds that refuse it. */
function isMissable(field: FieldSchema, format: Format | undefined): boolean {
  if (!field.required || field.mayBeEmpty) return false;
  if (field.cardinality !== 'single') return true;
  if ('message' in field.type) return field.default === undefined;
  return field.type.scalar === 'string' || format?.zeroIsMissing === true;
}

function requiredCheck(field: FieldSchema): FieldCheck {
  return (value, path, causes) => {
    const empty = value === undefined || value === '' || (isArray(value) && value.length === 0);
    if (empty || (value === 0 && field.cardinality === 'single')) causes.push(required(path));
  };
}

function each(field: FieldSchema, check: FieldCheck): FieldCheck {
  if (field.cardinality !== 'list') return check;
  return (value, path, causes) => {
    if (!isArray(value)) return;
    for (const [index, item] of value.entries()) check(item, `${path}[${index}]`, causes);
  };
}

function enumCheck(field: FieldSchema, values: readonly string[]): FieldCheck {
  const allowed = new Set<unknown>(values);
  return each(field, (value, path, causes) => {
    if (value === undefined || value === '' || allowed.has(value)) return;
    causes.push(notSupported(path, value, values));
  });
}

function formatCheck(field: FieldSchema, format: Format): FieldCheck {
  return each(field, (value, path, causes) => {
    if (format.zeroIsMissing && (value === undefined || value === 0)) return;
    for (const problem of format.check(value)) causes.push(invalidValue(path, value ?? 0, problem));
  });
}

function boundsCheck(field: FieldSchema): FieldCheck {
  return each(field, (value, path, causes) => {
    if (typeof value !== 'number') return;
    const problem = boundsMessage(value, field.minimum, field.maximum);
    if (problem !== undefined) causes.push(invalidValue(path, value, problem));
  });
}

function uniqueCheck(field: FieldSchema): FieldCheck {
  const keys = field.listMapKeys ?? [];
  const [onlyKey] = keys;
  return (value, path, causes) => {
    if (!isArray(value) || value.length < 2) return;
    const seen: unknown[] = [];
    value.forEach((item, index) => {
      const key = isObject(item) ? keys.map((name) => item[name]) : item;
      // What has no key at all is told by the check for required fields.
      if (isArray(key) && key.every((part) => part === undefined || part === '')) return;
      if (!seen.some((other) => jsonEqual(other, key))) {
        seen.push(key);
        return;
      }
      const place = `${path}[${index}]`;
      if (!isObject(item)) causes.push(duplicate(place, item));
      else if (keys.length === 1 && onlyKey !== undefined)
        causes.push(duplicate(`${place}.${onlyKey}`, item[onlyKey]));
      else causes.push(duplicate(place, Object.fromEntries(keys.map((name) => [name, item[name]]))));
    });
  };
}

/** Validation against a schema, compiled to one closure a message at first use. */
export function createSchemaValidator(schema: Schema): ValidateSchema {
  const compiler = new Compiler(schema);
  return (message, value, path = '') => {
    const causes: Cause[] = [];
    compiler.message(message)(value, path, causes);
    return causes;
  };
}
