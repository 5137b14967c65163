import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import type { GrpcApi } from '@reckon/client';
import { systemClock } from '@reckon/service';
import { connect } from '../api/connect.ts';
import { RestApi } from '../api/rest.ts';
import { CliError } from '../errors.ts';
import { findKind, groupResourceOf, servedKinds } from '../history/find-kind.ts';
import { jsonOf } from '../history/revisions.ts';
import { isSecret, maskSecret } from '../history/secrets.ts';
import { actorNamed, logLine } from '../output/log-line.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';
import { resolveWhen } from '../when/resolve-when.ts';
import { beginning, revisionBefore } from '../when/since.ts';

export interface LogOptions {
  /** Go on with what comes. */
  readonly follow?: boolean | undefined;
  /** The last so many revisions; absent: all of them. */
  readonly tail?: number | undefined;
  /** Only after this revision. */
  readonly after?: Revision | undefined;
  /** Only since, and only until, WHEN. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly namespace?: string | undefined;
  /** Only what this user did: a name as the log shows it, or as the cluster knows it. */
  readonly by?: string | undefined;
  readonly showSecrets?: boolean | undefined;
  readonly output?: string | undefined;
  /** KIND or KIND/NAME as kubectl takes it. */
  readonly of?: string | undefined;
  /** Only these, if `of` names none. */
  readonly resources?: readonly string[] | undefined;
  /** Leases beat every few seconds; they are left out unless asked for. */
  readonly leases?: boolean | undefined;
}

const RECONNECT_MS = 500;

/** Prints the log of the cluster: every change to every object, in order. */
export async function log(stateDir: string, options: LogOptions, signal: AbortSignal): Promise<void> {
  if (options.follow && options.until !== undefined)
    throw new CliError('--follow goes on without an end, --until ends', 'leave one of them out');
  const api = connect(stateDir);
  try {
    const head = await headOf(api, signal);
    const through =
      options.until === undefined ? head : (await resolveWhen(api, options.until, systemClock)).revision;
    const selection = await selectionOf(stateDir, options);
    const after = await print(api, selection, await beginOf(api, options, through), through, signal);
    if (options.follow) await follow(api, selection, after, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    api.close();
  }
}

interface Selection {
  readonly options: LogOptions;
  readonly resources: readonly string[] | undefined;
  readonly name: string | undefined;
  readonly actor: string | undefined;
}

async function selectionOf(stateDir: string, options: LogOptions): Promise<Selection> {
  const actor = options.by === undefined ? undefined : actorNamed(options.by);
  const [kind, name] = options.of?.split('/') ?? [];
  if (kind === undefined) return { options, resources: options.resources, name, actor };
  const layout = layoutOf(stateDir);
  const kinds = await servedKinds(new RestApi(layout, requireSettings(layout)));
  return { options, resources: [groupResourceOf(findKind(kinds, kind))], name, actor };
}

async function beginOf(
  api: GrpcApi,
  { after, since, tail }: LogOptions,
  through: Revision,
): Promise<Revision> {
  if (after !== undefined) return after;
  if (since !== undefined) return revisionBefore(api, since, systemClock);
  if (tail !== undefined) return Math.max(0, through - tail);
  return beginning((await api.resolveRevision()).oldest);
}

/** Reads what is new whenever the head moves; an API server that is away for a while only delays it. */
async function follow(
  api: GrpcApi,
  selection: Selection,
  start: Revision,
  signal: AbortSignal,
): Promise<void> {
  let after = start;
  while (!signal.aborted) {
    try {
      for await (const { rev } of api.watchHead(signal))
        if (rev > after) after = await print(api, selection, after, rev, signal);
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
  { options, resources, name, actor }: Selection,
  after: Revision,
  through: Revision,
  signal: AbortSignal,
): Promise<Revision> {
  if (through <= after) return after;
  const chunks = api.readLog({
    after,
    through,
    signal,
    namespace: options.namespace,
    resources,
    name,
    actor,
  });
  for await (const { records } of chunks)
    for (const record of records) {
      if (!options.leases && record.key.resource === 'leases.coordination.k8s.io') continue;
      console.log(options.output === 'json' ? json(record, options.showSecrets === true) : logLine(record));
    }
  return through;
}

/** One line of JSON an event, with the object as the API would show it. */
function json(record: LogRecord, showSecrets: boolean): string {
  const { body, ...rest } = record;
  const whole = body === undefined ? undefined : jsonOf(body);
  const object = whole !== undefined && isSecret(record.key) && !showSecrets ? maskSecret(whole) : whole;
  return JSON.stringify({ ...rest, at: new Date(record.atMs).toISOString(), object });
}
