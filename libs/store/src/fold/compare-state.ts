/**
 * L3 on a live cluster: the state as it is recorded, read by pages while others write, against a fold of the log. What
 * was written after the fold shows in the log, too: so every row is either what the fold says, or of a later event.
 */
import type { Revision } from '@reckon/api';
import type { RecordedObject } from '../postgres/ledger.ts';
import type { Break, FoldedObject, LogEntry } from './types.ts';

export interface StateUnderCheck {
  /** The fold at `rev`. */
  readonly rev: Revision;
  readonly folded: ReadonlyMap<string, FoldedObject>;
  /** All rows of the recorded state, read after `rev` was the head. */
  readonly recorded: AsyncIterable<readonly RecordedObject[]>;
  /** The events after `rev`, up to a head that was read after the last of `recorded`. */
  later(): AsyncIterable<readonly LogEntry[]>;
}

/** How the recorded state differs from the fold, in no order. */
export async function compareState(check: StateUnderCheck): Promise<readonly Break[]> {
  const { rev, folded } = check;
  const breaks: Break[] = [];
  const say = (at: Revision, message: string) => breaks.push({ invariant: 'L3', rev: at, message });
  const seen = new Set<string>();
  const newer = new Map<Revision, string>();
  for await (const page of check.recorded)
    for (const object of page) {
      const { path } = object;
      seen.add(path);
      if (!object.same)
        say(object.rev, `the state has ${path} at revision ${object.rev}, but not as that revision made it`);
      else if (object.rev > rev) newer.set(object.rev, path);
      else {
        const wanted = folded.get(path);
        if (!wanted) say(object.rev, `the state has ${path}, which the log has deleted or never made`);
        else if (wanted.rev !== object.rev || wanted.uid !== object.uid)
          say(
            Math.max(wanted.rev, object.rev),
            `the state has ${path} at revision ${object.rev}, the log at ${wanted.rev}`,
          );
      }
    }
  const touched = new Set<string>();
  for await (const entries of check.later())
    for (const { path, rev: at } of entries) {
      touched.add(path);
      newer.delete(at);
    }
  for (const [at, path] of newer)
    say(at, `the state has ${path} at revision ${at}, which the log does not have`);
  for (const [path, { rev: at, kept }] of folded) {
    if (touched.has(path)) continue;
    if (!seen.has(path)) say(at, `the state lacks ${path}, which revision ${at} left there`);
    else if (!kept) say(at, `the latest revision ${at} of ${path} has lost its object`);
  }
  return breaks;
}
