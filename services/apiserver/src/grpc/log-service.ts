/** The log itself over gRPC: ReadLog and WatchHead. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { ApiError, type Head, type LogRecord } from '@reckon/api';
import type { ReadLogRequest } from '@reckon/proto/reckon/v1/api.ts';
import type { Clock } from '@reckon/service';
import type { DoorContext } from '../doors/context.ts';
import { historyOf, mayReadSecrets } from '../doors/log-access.ts';
import type { Authorizer } from '../verbs/types.ts';
import type { HeadBroadcast } from './head-broadcast.ts';
import { headResponse, readLogResponses } from './responses.ts';
import { sendChunks } from './send.ts';
import type { ApiHandlers, Streaming } from './service.ts';

/** What the log is read from: `Store` of libs/store fits. */
export interface LogReader {
  readLog(options: {
    readonly after: number;
    readonly through?: number;
    readonly filter?: {
      readonly resources?: readonly string[];
      readonly namespace?: string;
      readonly name?: string;
      readonly actor?: string;
    };
    readonly withholdConfidential?: boolean;
  }): Promise<{ readonly records: readonly LogRecord[]; readonly through: number; readonly head: Head }>;
}

export interface LogServiceParts {
  readonly log: LogReader;
  readonly heads: HeadBroadcast;
  readonly handlers: ApiHandlers;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
}

export function logHandlers(parts: LogServiceParts): UntypedServiceImplementation {
  const { handlers } = parts;
  return {
    readLog: handlers.streaming('readlog', (context, request: ReadLogRequest, call) =>
      readLog(parts, context, request, call),
    ),
    watchHead: handlers.streaming('watchhead', (context, _request, call) => watchHead(parts, context, call)),
  };
}

async function readLog(
  { log, authorizer, heads }: LogServiceParts,
  context: DoorContext,
  request: ReadLogRequest,
  call: Streaming,
): Promise<void> {
  const { user } = context;
  const resources = request.resources ?? [];
  const namespace = request.namespace || undefined;
  const name = request.name || undefined;
  const actor = request.actor || undefined;
  for (const groupResource of resources.length > 0 ? resources : ['*'])
    authorizer.authorize(user, historyOf(groupResource, namespace ?? '', name ?? ''));
  const withholdConfidential = !mayReadSecrets(authorizer, user, namespace ?? '');
  const through = request.to || (await heads.now()).rev;
  const filter = { resources: resources.length > 0 ? resources : undefined, namespace, name, actor };
  let after = request.from ?? 0;
  do {
    const page = await log.readLog({ after, through, filter, withholdConfidential });
    if (request.logId && request.logId !== page.head.logId) throw replaced(request.logId, page.head.logId);
    if (context.aborted) return;
    const chunk = { records: page.records, logId: page.head.logId, through: page.through };
    await sendChunks(call, readLogResponses(chunk));
    if (page.through <= after) return;
    after = page.through;
  } while (after < through && !context.aborted);
}

/**
 * Between two heads on one stream. Heartbeats alone move the head dozens of times a second, and who follows the log
 * hears of each change from the event log anyway: the head only confirms it. (Without the event log this is how late a
 * change may be heard of.) At twenty a second this was a third of what a follower took of a processor at rest.
 */
const HEAD_PACE_MS = 200;

/** At once, at every change (what comes faster than the pace, or than the client takes it, is coalesced), and at least every second. */
async function watchHead(
  { heads, handlers, clock }: LogServiceParts,
  context: DoorContext,
  call: Streaming,
): Promise<void> {
  handlers.authorize(context, historyOf('*', '', ''));
  let latest: Head | undefined;
  let wake = () => {};
  const stop = heads.follow((head) => {
    latest = head;
    wake();
  });
  context.signal.addEventListener('abort', () => wake(), { once: true });
  try {
    const first = await heads.now();
    if (latest === undefined || (latest.logId === first.logId && latest.rev < first.rev)) latest = first;
    while (!context.aborted) {
      const head: Head | undefined = latest;
      latest = undefined;
      if (head) {
        await sendChunks(call, [headResponse(head)]);
        await clock.sleep(HEAD_PACE_MS, context.signal).catch(() => undefined);
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    stop();
  }
}

function replaced(wanted: string, actual: string): ApiError {
  return new ApiError('Gone', `the log ${wanted} has been replaced by ${actual}`);
}
