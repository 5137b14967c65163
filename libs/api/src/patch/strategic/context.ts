/** What the schema says about how a field is patched. */
import type { FieldSchema, MessageSchema, Schema } from '../../schema/types.ts';

/** What an object in the tree is: a message, a map whose values are one type, or free-form JSON. */
export type PatchContext =
  | { readonly kind: 'message'; readonly schema: Schema; readonly message: MessageSchema }
  | { readonly kind: 'map'; readonly values: PatchContext }
  | { readonly kind: 'free' };

export interface FieldPatch {
  /** Of the field's object, or of the elements of its list. */
  readonly context: PatchContext;
  /** A list that is not merged is replaced; an object that is not replaced is merged. */
  readonly strategy: 'merge' | 'replace' | 'none';
  readonly mergeKey: string | undefined;
}

export const FREE: PatchContext = Object.freeze({ kind: 'free' });
const FREE_FIELD: FieldPatch = Object.freeze({ context: FREE, strategy: 'none', mergeKey: undefined });

export function messageContext(schema: Schema, message: MessageSchema): PatchContext {
  return { kind: 'message', schema, message };
}

export function fieldPatch(context: PatchContext, field: string): FieldPatch {
  switch (context.kind) {
    case 'free':
      return FREE_FIELD;
    case 'map':
      return { context: context.values, strategy: 'none', mergeKey: undefined };
    case 'message': {
      const known = context.message.byName.get(field);
      return known === undefined ? FREE_FIELD : patchOf(context.schema, known);
    }
  }
}

function patchOf(schema: Schema, field: FieldSchema): FieldPatch {
  const inner: PatchContext =
    'message' in field.type ? messageContext(schema, schema.message(field.type.message)) : FREE;
  const strategies = field.patchStrategy ?? [];
  return {
    context: field.cardinality === 'map' ? { kind: 'map', values: inner } : inner,
    strategy: strategies.includes('merge') ? 'merge' : strategies.includes('replace') ? 'replace' : 'none',
    mergeKey: field.patchMergeKey,
  };
}
