/** A watch that outlives its connection. */
import { ApiError } from '@reckon/api/errors/api-error.ts';
import type { Revision } from '@reckon/api/log/record.ts';
import { Backoff } from '@reckon/client/backoff.ts';
import type { GrpcApi } from '@reckon/client/grpc/grpc-api.ts';
import type { KubeObject, ResourceType, WatchEvent } from '@reckon/client/types.ts';
import type { Clock } from '@reckon/service/clock.ts';
import type { WatchOptions } from './types.ts';

const BACKOFF = { baseMs: 100, maxMs: 5_000 } as const;

export type WatchedApi = Pick<GrpcApi, 'list' | 'watch' | 'resolveRevision'>;

/**
 * States: listing (nothing given yet) → watching after the last revision that was given ⇄ interrupted. An event is
 * given once, in the order of the log: what is resumed begins after the last one, and only in the same log, for a
 * restored cluster counts anew.
 */
export async function* resumingWatch<T extends KubeObject>(
  { api, clock }: { readonly api: WatchedApi; readonly clock: Clock },
  kind: ResourceType<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { namespace, labelSelector, fieldSelector, timeoutMs, onInterrupted } = options;
  const selection = { namespace, labelSelector, fieldSelector };
  const until = new Deadline(clock, { signal: options.signal, timeoutMs });
  const { signal } = until;
  const backoff = new Backoff(clock, BACKOFF);
  let { logId } = options;
  // 0 is before everything: what is there comes first.
  let after = options.after || undefined;
  try {
    while (!signal.aborted) {
      try {
        if (after === undefined) {
          const { items, revision, logId: listed } = await api.list(kind, { ...selection, signal });
          for (const object of items)
            yield { type: 'ADDED', object, revision: Number(object.metadata.resourceVersion) };
          [after, logId] = [revision, listed];
          yield { type: 'BOOKMARK', revision, initialEventsEnd: true };
        } else logId = await sameLog(api, { after, logId, signal });
        for await (const events of api.watch(kind, { ...selection, after, allowBookmarks: true, signal }))
          for (const event of events) {
            backoff.reset();
            after = event.revision;
            yield event;
          }
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof ApiError) || error.retry !== 'later') throw error;
        onInterrupted?.(error);
        await backoff.wait(signal).catch(() => {
          // Aborted while it waited: the loop ends.
        });
      }
    }
    if (until.passed) throw new ApiError('Timeout', `the watch took longer than ${timeoutMs} ms`);
  } finally {
    until.end();
  }
}

/** Its id; throws Gone if it is another log than the one that `after` is of. */
async function sameLog(
  api: WatchedApi,
  known: { readonly after: Revision; readonly logId: string | undefined; readonly signal: AbortSignal },
): Promise<string> {
  const { logId } = await api.resolveRevision({}, { signal: known.signal });
  if (known.logId === undefined || known.logId === logId) return logId;
  throw new ApiError(
    'Gone',
    `revision ${known.after} is of log ${known.logId}, but the cluster's log is ${logId}: list again`,
  );
}

/** The caller's signal, or the time that was given, whichever comes first. To be ended. */
class Deadline {
  readonly signal: AbortSignal;
  #passed = false;
  readonly #stop: () => void;

  constructor(
    clock: Clock,
    {
      signal,
      timeoutMs,
    }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number | undefined },
  ) {
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const cancel =
      timeoutMs === undefined
        ? undefined
        : clock.after(timeoutMs, () => {
            this.#passed = !controller.signal.aborted;
            controller.abort();
          });
    this.signal = controller.signal;
    this.#stop = () => {
      signal?.removeEventListener('abort', abort);
      cancel?.();
    };
  }

  /** It was the time that ended it. */
  get passed(): boolean {
    return this.#passed;
  }

  end(): void {
    this.#stop();
  }
}
