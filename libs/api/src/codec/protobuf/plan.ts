/** What a message looks like in Kubernetes' protobuf form: its schema arranged by wire numbers. */
import type { FieldSchema, MessageSchema, Schema } from '../../schema/types.ts';
import { SCALARS, type ScalarCodec } from './scalars.ts';

export interface PlanField {
  readonly kind: 'field';
  readonly number: number;
  readonly field: FieldSchema;
  /** One of the two is there. */
  readonly scalar: ScalarCodec | undefined;
  readonly message: () => Plan;
  /** A zero that is read stands for "not set". */
  readonly dropsZero: boolean;
}

/** A message that Go embeds: JSON has its fields in the outer object. */
export interface PlanEmbedded {
  readonly kind: 'embedded';
  readonly number: number;
  readonly plan: Plan;
}

export type PlanEntry = PlanField | PlanEmbedded;

export interface Plan {
  /** In ascending order of their numbers. */
  readonly entries: readonly PlanEntry[];
  readonly byNumber: ReadonlyMap<number, PlanEntry>;
}

/** apiVersion and kind of an object are outside of its message, in the envelope. */
function isTypeMeta(message: MessageSchema, field: FieldSchema): boolean {
  return message.kind !== undefined && (field.name === 'apiVersion' || field.name === 'kind');
}

export class Plans {
  readonly #schema: Schema;
  readonly #plans = new Map<string, Plan>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  of(name: string): Plan {
    let plan = this.#plans.get(name);
    if (plan === undefined) {
      const message = this.#schema.message(name);
      const fields = message.fields.filter((field) => !isTypeMeta(message, field));
      plan = this.#plan(fields.map((field) => ({ field, path: field.wirePath ?? [field.number] })));
      this.#plans.set(name, plan);
    }
    return plan;
  }

  #plan(fields: readonly { readonly field: FieldSchema; readonly path: readonly number[] }[]): Plan {
    const entries = new Map<number, PlanEntry>();
    const embedded = Map.groupBy(
      fields.filter(({ path }) => path.length > 1),
      ({ path }) => path[0] ?? 0,
    );
    for (const [number, inner] of embedded) {
      const plan = this.#plan(inner.map(({ field, path }) => ({ field, path: path.slice(1) })));
      entries.set(number, { kind: 'embedded', number, plan });
    }
    for (const { field, path } of fields) {
      const [number = 0] = path;
      if (path.length === 1) entries.set(number, this.#field(field, number));
    }
    const sorted = [...entries.values()].sort((a, b) => a.number - b.number);
    return { entries: sorted, byNumber: entries };
  }

  #field(field: FieldSchema, number: number): PlanField {
    const { type } = field;
    const scalar = 'scalar' in type ? SCALARS[type.scalar] : undefined;
    const name = 'message' in type ? type.message : '';
    return {
      kind: 'field',
      number,
      field,
      scalar,
      message: () => this.of(name),
      dropsZero: scalar?.zero !== undefined && !field.required && !field.explicitPresence,
    };
  }
}
