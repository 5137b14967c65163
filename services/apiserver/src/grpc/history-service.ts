/** What was, over gRPC: ResolveRevision, History and Trace. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { badRequest, type LogRecord, type ObjectKey, type Revision } from '@reckon/api';
import {
  type HistoryRequest,
  type ResolveRevisionRequest,
  ResolveRevisionResponse,
  type TraceRequest,
} from '@reckon/proto/reckon/v1/api.ts';
import type { Clock } from '@reckon/service';
import type { Store } from '@reckon/store';
import type { DoorContext } from '../doors/context.ts';
import { historyOf, mayReadSecrets } from '../doors/log-access.ts';
import { type Moment, type ResolvingLog, resolveRevision } from '../history/resolve-revision.ts';
import { type TracedLog, traceCauses, traceEffects } from '../history/trace.ts';
import type { Authorizer } from '../verbs/types.ts';
import { at, historyResponses } from './responses.ts';
import { sendChunks } from './send.ts';
import type { ApiHandlers, Streaming } from './service.ts';

export type HistoryLog = ResolvingLog & TracedLog & Pick<Store, 'history'>;

export interface HistoryServiceParts {
  readonly log: HistoryLog;
  readonly handlers: ApiHandlers;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
}

const PAGE_RECORDS = 200;
const TRACE_LIMIT = 1_000;

export function historyHandlers(parts: HistoryServiceParts): UntypedServiceImplementation {
  const { handlers } = parts;
  return {
    resolveRevision: handlers.unary('resolverevision', (_context, request: ResolveRevisionRequest) =>
      resolve(parts, request),
    ),
    history: handlers.streaming('history', (context, request: HistoryRequest, call) =>
      history(parts, context, request, call),
    ),
    trace: handlers.streaming('trace', (context, request: TraceRequest, call) =>
      trace(parts, context, request, call),
    ),
  };
}

/** Whoever is known may know what time it is in the log: every list and every object says as much. */
async function resolve(
  { log, clock }: HistoryServiceParts,
  request: ResolveRevisionRequest,
): Promise<Buffer> {
  const found = await resolveRevision(log, momentOf(request), clock.nowMs());
  const { rev, atMs, oldest, head, logId } = found;
  return Buffer.from(
    ResolveRevisionResponse.encode({ revision: rev, at: at(atMs), oldest, head, logId }).finish(),
  );
}

function momentOf({ revision, at: time }: ResolveRevisionRequest): Moment {
  if (revision !== undefined) return { kind: 'revision', rev: revision };
  if (time === undefined || time === '') return { kind: 'head' };
  const atMs = Date.parse(time);
  if (Number.isNaN(atMs)) throw badRequest(`${JSON.stringify(time)} is not a time like 2026-01-31T14:00:00Z`);
  return { kind: 'time', atMs };
}

async function history(
  { log, authorizer }: HistoryServiceParts,
  context: DoorContext,
  request: HistoryRequest,
  call: Streaming,
): Promise<void> {
  const { namespace = '', name = '' } = request;
  const { group = '', resource = '' } = request.resource ?? {};
  if (resource === '' || name === '')
    throw badRequest('a history is of one object: resource and name are needed');
  const key: ObjectKey = { resource: group === '' ? resource : `${resource}.${group}`, namespace, name };
  authorizer.authorize(context.user, historyOf(key.resource, namespace, name));
  const withholdConfidential = !mayReadSecrets(authorizer, context.user, namespace);
  const order = request.oldestFirst ? 'oldest' : 'newest';
  let after: Revision = request.after ?? 0;
  let before: Revision = request.before || Number.MAX_SAFE_INTEGER;
  let left = request.limit || Number.MAX_SAFE_INTEGER;
  while (left > 0 && !context.aborted) {
    const limit = Math.min(left, PAGE_RECORDS);
    const records = await log.history(key, { after, before, limit, order, withholdConfidential });
    await sendChunks(call, historyResponses(records));
    const last = records.at(-1);
    if (!last || records.length < limit) return;
    left -= records.length;
    if (order === 'oldest') after = last.rev;
    else before = last.rev;
  }
}

async function trace(
  { log, authorizer }: HistoryServiceParts,
  context: DoorContext,
  request: TraceRequest,
  call: Streaming,
): Promise<void> {
  // A chain leads through any kind and namespace.
  authorizer.authorize(context.user, historyOf('*', '', ''));
  const walk = request.effects ? traceEffects : traceCauses;
  const { records, truncated } = await walk(log, {
    rev: request.revision ?? 0,
    limit: request.limit || TRACE_LIMIT,
  });
  const secrets = mayReadSecrets(authorizer, context.user, '');
  const shown = records.map(
    (record): LogRecord => (record.confidential && !secrets ? { ...record, body: undefined } : record),
  );
  await sendChunks(call, historyResponses(shown, truncated));
}
