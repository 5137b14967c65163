import { ApiError } from '@reckon/api';
import type { Moment, ResolvedMoment } from '@reckon/client';
import type { Clock } from '@reckon/service';
import { CliError } from '../errors.ts';
import { parseWhen } from './parse-when.ts';

/** What is asked: `GrpcApi` fits. */
export interface Resolver {
  resolveRevision(moment?: Moment): Promise<ResolvedMoment>;
}

/** The revision that a text means. A moment that is not there is refused with the range that is. */
export async function resolveWhen(
  api: Resolver,
  text: string,
  clock: Pick<Clock, 'nowMs'>,
): Promise<ResolvedMoment> {
  const when = parseWhen(text, clock.nowMs());
  try {
    switch (when.kind) {
      case 'now':
        return await api.resolveRevision();
      case 'revision':
        return await api.resolveRevision({ revision: when.revision });
      case 'time':
        return await api.resolveRevision({ at: new Date(when.atMs).toISOString() });
    }
  } catch (error) {
    if (error instanceof ApiError && (error.reason === 'BadRequest' || error.reason === 'Expired'))
      throw new CliError(error.message, undefined, { cause: error });
    throw error;
  }
}
