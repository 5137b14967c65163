import { createHash } from 'node:crypto';
import type { Revision } from '@reckon/api';
import type { Ledger } from '../postgres/ledger.ts';
import { isHeartbeat } from './fold.ts';
import type { FoldedObject } from './types.ts';

/**
 * One state in a few characters: equal if, and only if, every object is, to the byte. Heartbeats stay out: of those only
 * the present is promised, and that has moved on before it is read.
 */
export interface StateDigest {
  readonly objects: number;
  /** SHA-256 over all objects in order, hexadecimal. */
  readonly digest: string;
  /** For the comparison of two: the line of each object by its path. */
  readonly lines: ReadonlyMap<string, string>;
}

/** Of a fold: the bytes are those that the log has of each revision. */
export async function digestOfFold(
  ledger: Ledger,
  objects: ReadonlyMap<string, FoldedObject>,
): Promise<StateDigest> {
  const kept = [...objects].filter(([path]) => !isHeartbeat(path));
  const digests = await ledger.digests(kept.map(([, { rev }]) => rev));
  return digestOf(kept.map(([path, { rev, uid }], i) => [path, line(rev, uid, digests[i])]));
}

/**
 * Of the state as it was recorded at `rev`, without the log up to there: the present state, with everything that was
 * written since taken back. (An event says what it replaced.)
 */
export async function digestOfRecorded(ledger: Ledger, rev: Revision): Promise<StateDigest> {
  const lines = new Map<string, string>();
  for await (const page of ledger.objects())
    for (const object of page)
      if (object.rev <= rev && !isHeartbeat(object.path))
        lines.set(object.path, line(object.rev, object.uid, object.digest));
  const head = await ledger.head();
  // Without bytes: a heartbeat, of which nothing is known but the present.
  for await (const page of ledger.replaced(rev, head.rev))
    for (const { path, rev: at, uid, digest } of page)
      if (!isHeartbeat(path)) lines.set(path, line(at, uid, digest));
  return digestOf([...lines]);
}

/** Where two states differ: paths, in order. */
export function differences(a: StateDigest, b: StateDigest): readonly string[] {
  const paths = new Set([...a.lines.keys(), ...b.lines.keys()]);
  return [...paths].filter((path) => a.lines.get(path) !== b.lines.get(path)).sort();
}

function line(rev: Revision, uid: string, digest: string | undefined): string {
  return `${rev} ${uid} ${digest ?? '-'}`;
}

function digestOf(entries: readonly (readonly [string, string])[]): StateDigest {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const hash = createHash('sha256');
  for (const [path, text] of sorted) hash.update(`${path} ${text}\n`);
  return { objects: sorted.length, digest: hash.digest('hex'), lines: new Map(sorted) };
}
