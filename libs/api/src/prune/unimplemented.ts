/** Finds what a client asks for and nothing in Reckon acts on, so that it is told rather than left to wonder. */
import { jsonEqual } from '../json/equal.ts';
import { isObject } from '../json/types.ts';
import type { FieldSchema, MessageSchema, Schema } from '../schema/types.ts';
import { formatPath, type PathPart } from './path.ts';

type Find = (value: Readonly<Record<string, unknown>>, path: PathPart[], found: string[]) => void;

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Asking for the default, or for what happens anyway, is asking for nothing. */
function asksForNothing(field: FieldSchema, value: unknown): boolean {
  if (isEmpty(value) || (field.default !== undefined && jsonEqual(field.default, value))) return true;
  return field.harmless?.some((harmless) => jsonEqual(harmless, value)) === true;
}

class Compiler {
  readonly #schema: Schema;
  readonly #finders = new Map<string, Find>();
  readonly #concerned = new Map<string, boolean>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Whether there can be anything to find in a message; most have nothing, and are not looked into. */
  #concerns(name: string, seen = new Set<string>()): boolean {
    const known = this.#concerned.get(name);
    if (known !== undefined) return known;
    if (seen.has(name)) return false;
    seen.add(name);
    const result = this.#schema
      .message(name)
      .fields.some(
        (field) =>
          !field.implemented || ('message' in field.type && this.#concerns(field.type.message, seen)),
      );
    if (seen.size === 1) this.#concerned.set(name, result);
    seen.delete(name);
    return result;
  }

  message(name: string): Find {
    const known = this.#finders.get(name);
    if (known !== undefined) return known;
    const fields: { readonly field: FieldSchema; readonly inner: Find | undefined }[] = [];
    const find: Find = (value, path, found) => {
      for (const { field, inner } of fields) {
        const part = value[field.name];
        if (part === undefined) continue;
        path.push(field.name);
        if (!field.implemented) {
          if (!asksForNothing(field, part)) found.push(formatPath(path));
        } else if (inner !== undefined) descend(part, inner, path, found);
        path.pop();
      }
    };
    this.#finders.set(name, find);
    fields.push(...this.#fields(this.#schema.message(name)));
    return find;
  }

  #fields(message: MessageSchema): { readonly field: FieldSchema; readonly inner: Find | undefined }[] {
    return message.fields
      .filter((field) => !(message.kind !== undefined && field.name === 'status'))
      .flatMap((field) => {
        const inner =
          'message' in field.type && this.#concerns(field.type.message) ? field.type.message : undefined;
        if (field.implemented && inner === undefined) return [];
        return [{ field, inner: inner === undefined ? undefined : this.message(inner) }];
      });
  }
}

function descend(value: unknown, inner: Find, path: PathPart[], found: string[]): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (!isObject(item)) return;
      path.push(index);
      inner(item, path, found);
      path.pop();
    });
  } else if (isObject(value)) inner(value, path, found);
}

/**
 * Paths of fields that are set to something other than their default though nothing acts on them. Status is left
 * out: it says what is, and asks for nothing.
 */
export type FindUnimplemented = (
  message: string,
  value: Readonly<Record<string, unknown>>,
) => readonly string[];

export function createUnimplementedFinder(schema: Schema): FindUnimplemented {
  const compiler = new Compiler(schema);
  return (message, value) => {
    const found: string[] = [];
    compiler.message(message)(value, [], found);
    return found;
  };
}

/** The sentence for a client's warning header. */
export function unimplementedWarning(path: string): string {
  return `${path}: accepted and kept, but nothing in this cluster acts on it yet`;
}

export interface Gap {
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  /** As one writes it in an object, lists without indices: `spec.template.spec.affinity`. */
  readonly path: string;
  readonly doc: string;
}

/** Every field of every served kind that nothing acts on, for `reckon api gaps`. */
export function gaps(schema: Schema): readonly Gap[] {
  const found: Gap[] = [];
  // A kind in several versions is one: its preferred one tells.
  const once = schema.resources.filter((one) => schema.byGroupResource(one.groupResource) === one);
  for (const resource of once) {
    const walk = (name: string, path: readonly string[], within: ReadonlySet<string>): void => {
      const message = schema.message(name);
      for (const field of message.fields) {
        if (message.kind !== undefined && field.name === 'status') continue;
        const here = [...path, field.name];
        if (!field.implemented)
          found.push({ resource: resource.groupResource, path: here.join('.'), doc: field.doc });
        else if ('message' in field.type && !within.has(field.type.message)) {
          walk(field.type.message, here, new Set([...within, field.type.message]));
        }
      }
    };
    walk(resource.message, [], new Set([resource.message]));
  }
  return found;
}
