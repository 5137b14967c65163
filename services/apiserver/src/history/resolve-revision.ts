/** Which revision is meant by a moment, and what can be read at all. */
import { ApiError, badRequest, type Revision } from '@reckon/api';
import type { Store } from '@reckon/store';

export type Moment =
  | { readonly kind: 'head' }
  | { readonly kind: 'revision'; readonly rev: Revision }
  | { readonly kind: 'time'; readonly atMs: number };

export interface Resolved {
  readonly rev: Revision;
  /** When that revision was written. */
  readonly atMs: number;
  readonly oldest: Revision;
  readonly head: Revision;
  readonly logId: string;
}

export type ResolvingLog = Pick<Store, 'kept' | 'readLog' | 'revisionAt'>;

/**
 * @param nowMs the server's clock: what lies after it has not happened.
 * @throws BadRequest for a moment before the log began or in the future, Expired for one that retention has taken;
 * either names the range that is there.
 */
export async function resolveRevision(log: ResolvingLog, moment: Moment, nowMs: number): Promise<Resolved> {
  const { head, floor } = await log.kept();
  const oldest = Math.max(floor, 1);
  const found = (rev: Revision, atMs: number): Resolved => ({
    rev,
    atMs,
    oldest,
    head: head.rev,
    logId: head.logId,
  });
  const range = async () =>
    head.rev === 0
      ? 'the log is still empty'
      : `the log goes from revision ${oldest} (${time(await timeOf(log, oldest, floor))}) to ${head.rev} (${time(head.atMs)})`;
  switch (moment.kind) {
    case 'head':
      return found(head.rev, head.atMs);
    case 'revision': {
      const { rev } = moment;
      if (rev > head.rev) throw badRequest(`revision ${rev} is in the future: ${await range()}`);
      if (rev < 1) throw badRequest(`there is no revision ${rev}: ${await range()}`);
      if (rev < oldest) throw new ApiError('Expired', `revision ${rev} is no longer kept: ${await range()}`);
      return found(rev, rev === head.rev ? head.atMs : await timeOf(log, rev, floor));
    }
    case 'time': {
      const { atMs } = moment;
      if (atMs > nowMs && atMs > head.atMs)
        throw badRequest(`${time(atMs)} is in the future, it is ${time(nowMs)} now: ${await range()}`);
      if (atMs >= head.atMs && head.rev > 0) return found(head.rev, head.atMs);
      const rev = await log.revisionAt(atMs);
      if (rev === 0) throw badRequest(`${time(atMs)} is before the log began: ${await range()}`);
      // What is found at the floor may lie long before it: nobody can tell any more.
      if (rev <= floor)
        throw new ApiError('Expired', `what was at ${time(atMs)} is no longer kept: ${await range()}`);
      return found(rev, await timeOf(log, rev, floor));
    }
  }
}

/** How far it is looked for the next event that still has its time. */
const NEAR_REVISIONS = 2_000;

/** Of the revision at the floor, and of heartbeats that were put together, the time of what followed stands for it. */
async function timeOf(log: ResolvingLog, rev: Revision, floor: Revision): Promise<number> {
  const after = Math.max(rev - 1, floor);
  for (const through of [after + 1, after + NEAR_REVISIONS]) {
    const { records } = await log.readLog({ after, through, withholdConfidential: true });
    const [next] = records;
    if (next) return next.atMs;
  }
  return (await log.kept()).head.atMs;
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}
