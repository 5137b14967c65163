/** Older versions of a kind that have the same shape: the same messages under another version's names. */
import type { FieldSchema, MessageSchema, ResourceSchema } from './types.ts';

export interface OlderVersion {
  readonly resource: ResourceSchema;
  /** Of the kind and of its list; what these hold is shared with the version that is kept. */
  readonly messages: readonly MessageSchema[];
}

/** `v1beta1` of a resource that is kept as `v1`. */
export function olderVersion(
  kept: ResourceSchema,
  version: string,
  message: (name: string) => MessageSchema | undefined,
): OlderVersion {
  const renamed = (name: string): string => name.replace(`.${kept.version}.`, `.${version}.`);
  const itemOf = renamed(kept.message);
  const messages = [kept.message, `${kept.message}List`].flatMap((name) => {
    const found = message(name);
    return found ? [inVersion(found)] : [];
  });
  return { resource: resourceIn(kept, version, itemOf), messages };

  function inVersion(known: MessageSchema): MessageSchema {
    const fields = known.fields.map((field) => (holds(field, kept.message) ? itemsOf(field) : field));
    return {
      ...known,
      name: renamed(known.name),
      openapiName: renamed(known.openapiName),
      ...(known.kind && { kind: { ...known.kind, version } }),
      fields,
      byName: new Map(fields.map((field) => [field.name, field])),
      byNumber: new Map(fields.map((field) => [field.number, field])),
    };
  }

  function itemsOf(field: FieldSchema): FieldSchema {
    return { ...field, type: { message: itemOf } };
  }
}

function holds({ type }: FieldSchema, message: string): boolean {
  return 'message' in type && type.message === message;
}

function resourceIn(kept: ResourceSchema, version: string, message: string): ResourceSchema {
  const subresources = [...kept.subresources].map(([name, sub]) => {
    const own = sub.group === kept.group && sub.version === kept.version;
    return [name, own ? { ...sub, version } : sub] as const;
  });
  return { ...kept, version, message, keptAs: kept.version, subresources: new Map(subresources) };
}
