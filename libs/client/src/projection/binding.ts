import type { Stored } from '../types.ts';
import { metadataFields } from './metadata-fields.ts';

export const BINDING_FIELDS = ['ownerReferences', 'finalizers', 'deletionTimestamp'] as const;

/** What ties an object to others: each of these fields of its metadata that is there, as JSON text. */
export type Binding = Readonly<Partial<Record<(typeof BINDING_FIELDS)[number], string>>>;

const UNBOUND: Binding = Object.freeze({});

/** Of an object as it stands in the log, which need not be parsed for it. */
export function bindingOfBody(body: Uint8Array): Binding {
  return metadataFields(body, BINDING_FIELDS);
}

/** The same of an object that has been parsed, as whoever encoded it would write it. */
export function bindingOfValue({ metadata }: Stored): Binding {
  if (BINDING_FIELDS.every((field) => metadata[field] === undefined)) return UNBOUND;
  return Object.fromEntries(BINDING_FIELDS.map((field) => [field, JSON.stringify(metadata[field])]));
}

/** Finalizers alone tie nothing to anything. */
export function isBound({ ownerReferences, deletionTimestamp }: Binding): boolean {
  return ownerReferences !== undefined || deletionTimestamp !== undefined;
}

/** To the letter: two that differ may still mean the same. */
export function isSameBinding(a: Binding, b: Binding): boolean {
  return a === b || BINDING_FIELDS.every((field) => a[field] === b[field]);
}

/** The uids of the owners. */
export function ownersIn({ ownerReferences }: Binding): readonly string[] {
  if (!ownerReferences) return [];
  const owners: readonly { readonly uid?: string }[] = JSON.parse(ownerReferences);
  return owners.flatMap(({ uid }) => (uid ? [uid] : []));
}
