import type { Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';
import { parseWhen } from './parse-when.ts';
import { type Resolver, resolveWhen } from './resolve-when.ts';

/**
 * The revision after which to read for `--since`: with a revision, itself is shown, too. A time before the log began
 * means all that is there.
 */
export async function revisionBefore(
  api: Resolver,
  since: string,
  clock: Pick<Clock, 'nowMs'>,
): Promise<Revision> {
  const when = parseWhen(since, clock.nowMs());
  if (when.kind === 'time') {
    const { oldest, head } = await api.resolveRevision();
    const after = beginning(oldest);
    if (after >= head) return after;
    const first = await api.resolveRevision({ revision: after + 1 });
    if (when.atMs <= Date.parse(first.at)) return after;
  }
  const { revision } = await resolveWhen(api, since, clock);
  return when.kind === 'revision' ? revision - 1 : revision;
}

/** What retention has taken cannot be read; what is left begins after the oldest state that is known. */
export function beginning(oldest: Revision): Revision {
  return oldest <= 1 ? 0 : oldest;
}
