/** `metadata.managedFields`: who owns which fields of an object (KEP-555, server-side apply). */
import { EMPTY, type FieldSet, isEmptySet, isFieldSet, unionOf } from '../fields/field-set.ts';
import { SharedFields } from '../fields/shared.ts';
import { isObject } from '../json/types.ts';
import type { ManagedFieldsEntry } from '../meta/types.ts';

export type ManagedOperation = 'Apply' | 'Update';

/** One owner. Appliers are told apart without their apiVersion: they keep their entry when it changes. */
export interface Manager {
  readonly name: string;
  readonly operation: ManagedOperation;
  readonly apiVersion: string;
  readonly subresource: string;
}

export interface ManagedEntry {
  readonly manager: Manager;
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** The entry as the object has it, as long as it says the same. */
  readonly source?: ManagedFieldsEntry | undefined;
}

/** Who updates an object without telling its name, and where the oldest of too many updaters end. */
const UNKNOWN_MANAGER = 'unknown';
const ANCIENT_MANAGER = 'ancient-changes';
const MAX_UPDATERS = 10;
const MAX_MANAGER_LENGTH = 128;

/**
 * The entries; undefined if they are not of the form that a server writes. What was stored has been looked at when it
 * was written: `trusted` saves looking at every field again.
 */
export function decodeManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  trusted = false,
): readonly ManagedEntry[] | undefined {
  const isSet = trusted ? isStoredSet : isFieldSet;
  const decoded: ManagedEntry[] = [];
  for (const entry of entries ?? []) {
    const { operation, apiVersion } = entry;
    const fields: unknown = entry.fieldsV1 ?? EMPTY;
    if (!isOperation(operation) || apiVersion === undefined || apiVersion === '') return undefined;
    if (entry.fieldsType !== 'FieldsV1' || !isSet(fields)) return undefined;
    const manager = {
      name: entry.manager ?? '',
      operation,
      apiVersion,
      subresource: entry.subresource ?? '',
    };
    decoded.push({ manager, time: entry.time, fields, source: entry });
  }
  return decoded;
}

function isStoredSet(fields: unknown): fields is FieldSet {
  return isObject(fields);
}

function isOperation(operation: string | undefined): operation is ManagedOperation {
  return operation === 'Apply' || operation === 'Update';
}

/** In the order in which Kubernetes keeps them: appliers first, then by time. Those who own nothing are left out. */
export function encodeManagedFields(
  entries: readonly ManagedEntry[],
): readonly ManagedFieldsEntry[] | undefined {
  const owners = entries.filter((entry) => !isEmptySet(entry.fields));
  if (owners.length === 0) return undefined;
  return owners.sort(compareEntries).map((entry) => entry.source ?? encodeEntry(entry));
}

/** Objects of the same fields have the same managers' sets: they are kept and encoded once. */
export const sharedFields = new SharedFields();

function encodeEntry({ manager, time, fields }: ManagedEntry): ManagedFieldsEntry {
  return {
    ...(manager.name === '' ? {} : { manager: manager.name }),
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: sharedFields.share(fields),
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  };
}

function compareEntries(a: ManagedEntry, b: ManagedEntry): number {
  return (
    compareText(a.manager.operation, b.manager.operation) ||
    secondsOf(a.time) - secondsOf(b.time) ||
    compareText(a.manager.name, b.manager.name) ||
    compareText(a.manager.apiVersion, b.manager.apiVersion) ||
    compareText(a.manager.subresource, b.manager.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function secondsOf(time: string | undefined): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1_000);
}

export function sameManager(a: Manager, b: Manager): boolean {
  return (
    a.name === b.name &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/** The same entry with other fields; itself if they are the same value. */
export function withFields(entry: ManagedEntry, fields: FieldSet): ManagedEntry {
  return fields === entry.fields ? entry : { manager: entry.manager, time: entry.time, fields };
}

/** Merges the oldest updaters of each version into one until no more than ten are left. */
export function capUpdaters(entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
  const updaters = entries.filter(({ manager }) => manager.operation === 'Update');
  let excess = updaters.length - MAX_UPDATERS;
  if (excess <= 0) return entries;
  const oldest = updaters.sort(
    (a, b) => secondsOf(a.time) - secondsOf(b.time) || compareText(a.manager.name, b.manager.name),
  );
  const gone = new Set<ManagedEntry>();
  const buckets = new Map<string, ManagedEntry>();
  const firsts = new Map<string, ManagedEntry>();
  for (const entry of oldest) {
    if (excess <= 0) break;
    const { apiVersion } = entry.manager;
    const into = buckets.get(apiVersion) ?? firsts.get(apiVersion);
    if (into === undefined) {
      firsts.set(apiVersion, entry);
      continue;
    }
    gone.add(into).add(entry);
    buckets.set(apiVersion, {
      manager: { name: ANCIENT_MANAGER, operation: 'Update', apiVersion, subresource: '' },
      time: entry.time,
      fields: unionOf(entry.fields, into.fields),
    });
    excess--;
  }
  return [...entries.filter((entry) => !gone.has(entry)), ...buckets.values()];
}

/** The name under which a request's changes are kept: what it says, or the first word of its user agent. */
export function fieldManagerName(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager !== undefined && fieldManager !== '') return fieldManager;
  const [program = ''] = userAgent.split('/', 1);
  return program.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '').slice(0, MAX_MANAGER_LENGTH);
}

export function managerOf(name: string, rest: Omit<Manager, 'name'>): Manager {
  return { name: name === '' ? UNKNOWN_MANAGER : name, ...rest };
}

/** Their JSON, in which the sets that many objects share need not be encoded again. */
export function managedFieldsText(entries: readonly ManagedFieldsEntry[]): string {
  let text = '[';
  for (const entry of entries) text += text === '[' ? entryText(entry) : `,${entryText(entry)}`;
  return `${text}]`;
}

function entryText(entry: ManagedFieldsEntry): string {
  const { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource } = entry;
  const fields: unknown = fieldsV1;
  const shared = isStoredSet(fields) ? sharedFields.textOf(fields) : undefined;
  if (shared === undefined) return JSON.stringify(entry);
  const head = JSON.stringify({ manager, operation, apiVersion, time, fieldsType, subresource });
  return `${head.slice(0, -1)},"fieldsV1":${shared}}`;
}
