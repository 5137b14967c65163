import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import type { GrpcApi } from '@reckon/client';
import { systemClock } from '@reckon/service';
import { connect } from '../api/connect.ts';
import { CliError } from '../errors.ts';
import { logLine } from '../output/log-line.ts';

export interface LogOptions {
  /** Go on with what comes. */
  readonly follow?: boolean | undefined;
  /** The last so many revisions; absent: all of them. */
  readonly tail?: number | undefined;
  /** Only after this revision. */
  readonly after?: Revision | undefined;
  readonly namespace?: string | undefined;
  readonly output?: string | undefined;
  /** `pods`, `deployments.apps`, or `pods/NAME`. */
  readonly of?: string | undefined;
  /** Only these, if `of` names none. */
  readonly resources?: readonly string[] | undefined;
  /** Leases beat every few seconds; they are left out unless asked for. */
  readonly leases?: boolean | undefined;
}

const RECONNECT_MS = 500;

/** Prints the log of the cluster: every change to every object, in order. */
export async function log(stateDir: string, options: LogOptions, signal: AbortSignal): Promise<void> {
  const api = connect(stateDir);
  try {
    const head = await headOf(api, signal);
    let after = options.after ?? (options.tail === undefined ? 0 : Math.max(0, head - options.tail));
    after = await print(api, options, after, head, signal);
    if (options.follow) await follow(api, options, after, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    api.close();
  }
}

/** Reads what is new whenever the head moves; an API server that is away for a while only delays it. */
async function follow(
  api: GrpcApi,
  options: LogOptions,
  start: Revision,
  signal: AbortSignal,
): Promise<void> {
  let after = start;
  while (!signal.aborted) {
    try {
      for await (const { rev } of api.watchHead(signal))
        if (rev > after) after = await print(api, options, after, rev, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.retry === 'later')) throw error;
    }
    await systemClock.sleep(RECONNECT_MS, signal);
  }
}

async function headOf(api: GrpcApi, signal: AbortSignal): Promise<Revision> {
  for await (const { rev } of api.watchHead(signal)) return rev;
  throw new CliError('the API server did not say where the log ends');
}

async function print(
  api: GrpcApi,
  options: LogOptions,
  after: Revision,
  through: Revision,
  signal: AbortSignal,
): Promise<Revision> {
  const [resource, name] = options.of?.split('/') ?? [];
  const chunks = api.readLog({
    after,
    through,
    signal,
    namespace: options.namespace,
    resources: resource === undefined ? options.resources : [resource],
    name,
  });
  for await (const { records } of chunks)
    for (const record of records) {
      if (!options.leases && record.key.resource === 'leases.coordination.k8s.io') continue;
      console.log(options.output === 'json' ? json(record) : logLine(record));
    }
  return through;
}

/** One line of JSON an event, with the object as the API would show it. */
function json(record: LogRecord): string {
  const { body, ...rest } = record;
  const object = body === undefined ? undefined : JSON.parse(Buffer.from(body).toString('utf8'));
  return JSON.stringify({ ...rest, at: new Date(record.atMs).toISOString(), object });
}
