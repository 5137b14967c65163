import { ApiError, keyString, type ObjectKey, type Provenance } from '@reckon/api';
import type { Transaction, Write } from './types.ts';

/** Longer ones do not fit the index; Kubernetes' own limits are far below. */
const MAX_KEY_BYTES = 2000;
/** UTF-8 takes at most so many for a character of a string. */
const MAX_CHARACTER_BYTES = 3;

/** Refuses what Postgres could not take, because in a batch it would take others with it. */
export function checkTransaction({ writes, conditions = [], provenance }: Transaction): void {
  checkText('actor', provenance.actor);
  checkText('request id', provenance.requestId);
  if (provenance.because !== undefined) checkText('because', provenance.because);
  if (provenance.via !== undefined) checkText('verb', provenance.via);
  if (provenance.cause !== undefined) checkRevision(provenance.cause);
  const last = new Map<string, Write>();
  for (const write of writes) {
    checkKey(write.key);
    checkText('uid', write.uid);
    if (write.via !== undefined) checkText('verb', write.via);
    if (expectedRev(write) !== 0 || write.op !== 'create') checkRevision(expectedRev(write));
    if (!Number.isInteger(write.schemaVersion)) throw badRequest('the schema version is not an integer');
    if (writes.length === 1) break;
    const key = keyString(write.key);
    const before = last.get(key);
    if (before && !isRemade(before, write)) throw badRequest('a transaction may write an object only once');
    last.set(key, write);
  }
  for (const condition of conditions) {
    checkKey(condition.key);
    if (condition.rev !== 0) checkRevision(condition.rev);
  }
}

/** One name may be of two objects in one transaction: of one that ends, and then of another that begins. */
function isRemade(before: Write, write: Write): boolean {
  return before.op === 'delete' && write.op === 'create' && before.uid !== write.uid;
}

/** The creates of a transaction whose name is free only because an earlier write of it deletes what has it. */
export function remade({ writes }: Pick<Transaction, 'writes'>): ReadonlySet<Write> {
  const creates = new Set<Write>();
  if (writes.length < 2 || !writes.some(({ op }) => op === 'delete')) return creates;
  const ended = new Set<string>();
  for (const write of writes) {
    if (write.op === 'delete') ended.add(keyString(write.key));
    else if (write.op === 'create' && ended.has(keyString(write.key))) creates.add(write);
  }
  return creates;
}

/** Of one write of a transaction. */
export function provenanceOf({ provenance }: Transaction, { via }: Write): Provenance {
  return via === undefined ? provenance : { ...provenance, via };
}

/** The revision that the object must be at; 0: it must not exist. */
export function expectedRev(write: Write): number {
  return write.op === 'create' ? 0 : write.expectedRev;
}

function checkKey(key: ObjectKey): void {
  checkText('resource', key.resource);
  checkText('namespace', key.namespace);
  checkText('name', key.name);
  if (key.resource === '' || key.name === '') throw badRequest('an object needs a resource and a name');
  const text = keyString(key);
  if (text.length * MAX_CHARACTER_BYTES > MAX_KEY_BYTES && Buffer.byteLength(text) > MAX_KEY_BYTES)
    throw badRequest('the name of an object is too long');
}

function checkText(what: string, text: string): void {
  if (text.includes('\0')) throw badRequest(`the ${what} contains a zero byte`);
}

function checkRevision(rev: number): void {
  if (!Number.isSafeInteger(rev) || rev < 1) throw badRequest(`${rev} is not a revision`);
}

function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}
