import type { LogRecord, ObjectKey, Revision } from '@reckon/api';
import type { GrpcApi } from '@reckon/client';
import { systemClock } from '@reckon/service';
import { connect } from '../api/connect.ts';
import { RestApi } from '../api/rest.ts';
import { CliError } from '../errors.ts';
import { keyFrom, nameOf, servedKinds } from '../history/find-kind.ts';
import { historyText } from '../history/history-text.ts';
import { type ObjectRevision, revisionsOf } from '../history/revisions.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';
import { revisionBefore } from '../when/since.ts';

export interface HistoryOptions {
  readonly namespace?: string | undefined;
  /** WHEN. */
  readonly since?: string | undefined;
  /** The last so many revisions. */
  readonly tail?: number | undefined;
  readonly diff?: boolean | undefined;
  readonly output?: string | undefined;
  readonly showSecrets?: boolean | undefined;
}

/** Every revision of an object, of all that ever bore its name, oldest first. */
export async function history(stateDir: string, of: string, options: HistoryOptions): Promise<string> {
  const api = connect(stateDir);
  try {
    const key = await findKey(stateDir, of, options.namespace);
    const after = options.since === undefined ? 0 : await revisionBefore(api, options.since, systemClock);
    const { records, before } = await read(api, key, { after, tail: options.tail });
    if (records.length === 0) throw await nothing(api, key, options.since);
    const revisions = revisionsOf(records, { before, showSecrets: options.showSecrets === true });
    if (options.output === 'json') return JSON.stringify(revisions.map(json), null, 2);
    return historyText(revisions, { full: options.diff === true });
  } finally {
    api.close();
  }
}

/** KIND/NAME as kubectl would understand it on this cluster. */
export async function findKey(
  stateDir: string,
  text: string,
  namespace: string | undefined,
): Promise<ObjectKey> {
  const layout = layoutOf(stateDir);
  const kinds = await servedKinds(new RestApi(layout, requireSettings(layout)));
  return keyFrom(kinds, { text, namespace });
}

async function read(
  api: GrpcApi,
  key: ObjectKey,
  { after, tail }: { readonly after: Revision; readonly tail: number | undefined },
): Promise<{ readonly records: readonly LogRecord[]; readonly before: LogRecord | undefined }> {
  const records = await Array.fromAsync(api.history(key, { after, limit: tail }));
  records.reverse();
  const [first] = records;
  // What the first one changed is seen against the one before.
  const [before] =
    first && first.prevRev > 0
      ? await Array.fromAsync(api.history(key, { before: first.rev, limit: 1 }))
      : [];
  return { records, before };
}

async function nothing(api: GrpcApi, key: ObjectKey, since: string | undefined): Promise<CliError> {
  if (since !== undefined) {
    const [last] = await Array.fromAsync(api.history(key, { limit: 1 }));
    if (last)
      return new CliError(
        `${nameOf(key)} has not changed since ${since}`,
        `its last change is revision ${last.rev} of ${new Date(last.atMs).toISOString()}`,
      );
  }
  const { oldest, head } = await api.resolveRevision();
  return new CliError(
    `there never was ${nameOf(key)}, as far as the log goes (revisions ${oldest} to ${head})`,
    'is it in another namespace? -n NAMESPACE names it',
  );
}

function json({ record, changes, shredded }: ObjectRevision) {
  const { rev, atMs, key, uid, op, prevRev, provenance } = record;
  const { actor, requestId, cause, because, via } = provenance;
  return {
    revision: rev,
    at: new Date(atMs).toISOString(),
    ...key,
    uid,
    verb: op,
    via,
    actor,
    requestId,
    cause,
    because,
    previousRevision: prevRev,
    ...(shredded !== undefined && { shredded }),
    changes: changes?.map(({ op, path, before, after }) => ({ op, path, before, after })) ?? null,
  };
}
