/**
 * Defaults: those that the schema states, then the rules of each kind. Compiled to one closure a message at first
 * use; messages in which nothing can be missing are not looked into.
 */
import { isObject } from '../json/types.ts';
import type { FieldSchema, Schema } from '../schema/types.ts';
import { RULES } from './rules.ts';
import type { ApplyDefaults, Fields, Rule } from './types.ts';

interface FieldPlan {
  readonly name: string;
  /** What it is if absent; undefined: it stays absent. */
  readonly fallback: unknown;
  /** A value that counts as absent too, since Go cannot tell. */
  readonly unset: unknown;
  readonly inner: Rule | undefined;
  readonly cardinality: FieldSchema['cardinality'];
}

class Compiler {
  readonly #schema: Schema;
  readonly #plans = new Map<string, Rule>();
  readonly #concerned = new Map<string, boolean>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Whether a message, or one within it, has any default. */
  #concerns(name: string, within: ReadonlySet<string> = new Set()): boolean {
    const known = this.#concerned.get(name);
    if (known !== undefined) return known;
    if (within.has(name)) return false;
    const inside = new Set([...within, name]);
    const result =
      RULES[name] !== undefined ||
      this.#schema
        .message(name)
        .fields.some(
          (field) =>
            field.default !== undefined ||
            ('message' in field.type && this.#concerns(field.type.message, inside)),
        );
    // Within a cycle a "no" may only mean "not yet".
    if (result || within.size === 0) this.#concerned.set(name, result);
    return result;
  }

  message(name: string): Rule {
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    const fields: FieldPlan[] = [];
    const rule = RULES[name];
    const apply: Rule =
      rule === undefined ? (value) => fill(fields, value) : (value) => rule(fill(fields, value));
    this.#plans.set(name, apply);
    for (const field of this.#schema.message(name).fields) {
      const inner =
        'message' in field.type && this.#concerns(field.type.message) ? field.type.message : undefined;
      if (field.default === undefined && inner === undefined) continue;
      fields.push(this.#field(field, inner));
    }
    return apply;
  }

  #field(field: FieldSchema, innerName: string | undefined): FieldPlan {
    const inner = innerName === undefined ? undefined : this.message(innerName);
    const { name, cardinality, default: fallback } = field;
    return {
      name,
      cardinality,
      inner,
      // A message is made complete when it is made.
      fallback: isObject(fallback) && inner !== undefined ? inner(fallback) : fallback,
      unset: unsetValue(field),
    };
  }
}

function unsetValue(field: FieldSchema): unknown {
  if (field.zeroIsUnset) return 0;
  const isString = 'scalar' in field.type && field.type.scalar === 'string';
  return isString && field.default !== undefined && field.cardinality === 'single' ? '' : undefined;
}

function fill(fields: readonly FieldPlan[], value: Fields): Fields {
  let copy: Record<string, unknown> | undefined;
  for (const plan of fields) {
    const before = value[plan.name];
    let after: unknown = before;
    if (before === undefined || before === plan.unset) after = plan.fallback;
    else if (plan.inner !== undefined) after = descend(plan, plan.inner, before);
    if (after === before || after === undefined) continue;
    copy ??= { ...value };
    copy[plan.name] = after;
  }
  return copy ?? value;
}

function descend(plan: FieldPlan, inner: Rule, value: unknown): unknown {
  if (plan.cardinality === 'single') return isObject(value) ? inner(value) : value;
  if (plan.cardinality === 'map') return isObject(value) ? mapValues(value, inner) : value;
  if (!Array.isArray(value)) return value;
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const before: unknown = value[i];
    const after = isObject(before) ? inner(before) : before;
    if (after === before) continue;
    copy ??= [...value];
    copy[i] = after;
  }
  return copy ?? value;
}

function mapValues(value: Fields, inner: Rule): Fields {
  const entries = Object.entries(value).map(
    ([key, item]) => [key, isObject(item) ? inner(item) : item] as const,
  );
  return Object.fromEntries(entries);
}

/** Defaulting for all messages of a schema. */
export function createDefaulter(schema: Schema): ApplyDefaults {
  const compiler = new Compiler(schema);
  return (message, value) => compiler.message(message)(value);
}
