import type { ObjectKey } from '@reckon/api';
import type { CommitResult, Store, StoredObject, StoredRecord, Transaction, Write } from '../../types.ts';

/** One log, as many stores on it as a test likes; all are closed when the test ends. */
export interface World {
  open(): Promise<Store>;
}

export interface ContractOptions {
  /** `PostgresStore`: the prefix of the names of the tests. */
  readonly name: string;
  /** A fresh, empty log for each test. */
  readonly world: (t: { after(fn: () => Promise<void>): void }) => Promise<World>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
let requests = 0;

export function pod(name: string, namespace = 'default'): ObjectKey {
  return { resource: 'pods', namespace, name };
}

export function bodyOf(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

export function decoded(object: StoredObject | StoredRecord | undefined): unknown {
  return object?.body && JSON.parse(decoder.decode(object.body));
}

interface Details {
  readonly key: ObjectKey;
  readonly uid?: string;
  readonly value?: unknown;
  readonly confidential?: boolean;
  readonly heartbeat?: boolean;
}

export function creation(details: Details): Write {
  return { op: 'create', ...base(details) };
}

export function change(op: 'update' | 'delete', expectedRev: number, details: Details): Write {
  return { op, expectedRev, ...base(details) };
}

function base({
  key,
  uid = `uid-of-${key.name}`,
  value = { name: key.name },
  confidential,
  heartbeat,
}: Details) {
  return { key, uid, body: bodyOf(value), schemaVersion: 1, confidential, heartbeat };
}

/** A transaction of somebody, with a request id of its own. */
export function transaction(
  writes: readonly Write[],
  more: Partial<Transaction> = {},
): Transaction & { readonly writes: readonly Write[] } {
  return { writes, provenance: { actor: 'tester', requestId: `request-${requests++}` }, ...more };
}

export function commit(store: Store, ...writes: readonly Write[]): Promise<CommitResult> {
  return store.commit(transaction(writes));
}

/** The revision of the last write; fails the test if there was a conflict. */
export async function committed(answer: Promise<CommitResult>): Promise<number> {
  const result = await answer;
  if (!result.ok) throw new Error(`a conflict: ${JSON.stringify(result.conflict)}`);
  return result.lastRev;
}

/** The whole log, read by pages. */
export async function wholeLog(store: Store, limit?: number): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  let after = 0;
  for (;;) {
    const page = await store.readLog({ after, limit });
    records.push(...page.records);
    after = page.through;
    if (after >= page.head.rev) return records;
  }
}

export async function snapshotOf(store: Store): Promise<Map<string, StoredObject>> {
  const objects = new Map<string, StoredObject>();
  for await (const page of (await store.snapshot()).pages) {
    for (const object of page)
      objects.set(`${object.key.resource}/${object.key.namespace}/${object.key.name}`, object);
  }
  return objects;
}

/** Everything of one resource as it was, by pages of a few. */
export async function stateAt(
  store: Store,
  rev: number,
  resource = 'pods',
): Promise<readonly StoredObject[]> {
  const objects: StoredObject[] = [];
  let after: { readonly namespace: string; readonly name: string } | undefined;
  do {
    const page = await store.listAt({ rev, resource, after, limit: 3 });
    objects.push(...page.objects);
    after = page.next;
  } while (after);
  return objects;
}
