/** Query parameters and DeleteOptions as the verbs take them (Kubernetes API reference: "Common parameters"). */
import { type ApiError, type Cause, invalid } from '@reckon/api';
import type {
  DeleteOptions,
  ListOptions,
  VersionOptions,
  WatchOptions,
  WriteOptions,
} from '../verbs/types.ts';
import type { Query } from './query.ts';

function invalidOptions(kind: string, causes: readonly Cause[]): ApiError {
  return invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

function unsupported(field: string, value: string, supported: readonly string[]): Cause {
  const names = supported.map((name) => JSON.stringify(name)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${names}`,
  };
}

function forbidden(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}

export function versionOptions(query: Query): VersionOptions {
  if (query.empty) return {};
  return version(query, []);
}

function version(query: Query, causes: Cause[]): VersionOptions {
  const resourceVersion = query.text('resourceVersion');
  const match = query.text('resourceVersionMatch');
  if (match === undefined) return { resourceVersion };
  if (match !== 'NotOlderThan' && match !== 'Exact') {
    causes.push(unsupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    return { resourceVersion };
  }
  return { resourceVersion, match };
}

export function listOptions(query: Query): ListOptions {
  if (query.empty) return {};
  const causes: Cause[] = [];
  const { resourceVersion, match } = version(query, causes);
  const field = 'resourceVersionMatch';
  if (match !== undefined && resourceVersion === undefined)
    causes.push(forbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (match !== undefined && query.text('continue') !== undefined)
    causes.push(forbidden(field, 'resourceVersionMatch is forbidden when continue is provided'));
  if (match === 'Exact' && resourceVersion === '0')
    causes.push(forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  if (query.flag('sendInitialEvents') !== undefined)
    causes.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  return {
    resourceVersion,
    match,
    labelSelector: query.text('labelSelector'),
    fieldSelector: query.text('fieldSelector'),
    limit: query.integer('limit'),
    continue: query.text('continue'),
  };
}

/** @param name restricts the watch to one object, as `GET …/pods/NAME?watch=1` does; empty: the collection. */
export function watchOptions(query: Query, name: string): WatchOptions {
  const causes: Cause[] = [];
  const { resourceVersion, match } = version(query, causes);
  const sendInitialEvents = query.flag('sendInitialEvents');
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    causes.push(forbidden('resourceVersionMatch', why));
  }
  if (sendInitialEvents === undefined && match !== undefined) {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    causes.push(forbidden('resourceVersionMatch', why));
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  const asked = query.text('fieldSelector');
  const named = name === '' ? undefined : `metadata.name=${name}`;
  return {
    resourceVersion,
    match,
    labelSelector: query.text('labelSelector'),
    fieldSelector: asked && named ? `${named},${asked}` : (named ?? asked),
    allowBookmarks: query.flag('allowWatchBookmarks'),
    sendInitialEvents,
  };
}

export type WriteKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

export function writeOptions(query: Query, kind: WriteKind): WriteOptions {
  if (query.empty) return {};
  const causes: Cause[] = [];
  const dryRun = dryRunOf(query.all('dryRun'), causes);
  const fieldValidation = query.text('fieldValidation');
  if (fieldValidation !== undefined && !isFieldValidation(fieldValidation))
    causes.push(unsupported('fieldValidation', fieldValidation, ['Ignore', 'Strict', 'Warn']));
  const fieldManager = query.text('fieldManager');
  if (fieldManager !== undefined && fieldManager.length > 128)
    causes.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      message: 'Too long: may not be more than 128 bytes',
    });
  if (causes.length > 0) throw invalidOptions(kind, causes);
  return {
    dryRun,
    fieldManager,
    fieldValidation:
      fieldValidation !== undefined && isFieldValidation(fieldValidation) ? fieldValidation : undefined,
    force: query.flag('force'),
  };
}

/** A patch's own rules: only an apply may be forced, and it must say who applies. */
export function patchOptions(query: Query, apply: boolean): WriteOptions {
  const options = writeOptions(query, 'PatchOptions');
  const field = apply ? 'fieldManager' : 'force';
  if (apply && !options.fieldManager) {
    const message = 'Required value: is required for apply patch';
    throw invalidOptions('PatchOptions', [{ reason: 'FieldValueRequired', field, message }]);
  }
  if (!apply && options.force !== undefined)
    throw invalidOptions('PatchOptions', [forbidden(field, 'may not be specified for non-apply patch')]);
  return options;
}

function isFieldValidation(text: string): text is 'Ignore' | 'Warn' | 'Strict' {
  return text === 'Ignore' || text === 'Warn' || text === 'Strict';
}

function dryRunOf(values: readonly unknown[], causes: Cause[]): boolean {
  for (const value of values) {
    if (value !== 'All' && value !== '') causes.push(unsupported('dryRun', String(value), ['All']));
  }
  return values.includes('All');
}

/** DeleteOptions as the API has them, before they are checked. */
interface RawDeleteOptions {
  readonly dryRun?: unknown;
  readonly gracePeriodSeconds?: unknown;
  readonly orphanDependents?: unknown;
  readonly propagationPolicy?: unknown;
  readonly preconditions?: unknown;
}

/** @param body a decoded DeleteOptions object; undefined: the query speaks, as in Kubernetes. */
export function deleteOptions(query: Query, body: RawDeleteOptions | undefined): DeleteOptions {
  if (body === undefined && query.empty) return {};
  const raw: RawDeleteOptions = body ?? {
    dryRun: query.all('dryRun'),
    gracePeriodSeconds: query.integer('gracePeriodSeconds'),
    orphanDependents: query.flag('orphanDependents'),
    propagationPolicy: query.text('propagationPolicy'),
  };
  const causes: Cause[] = [];
  const dryRun = dryRunOf(Array.isArray(raw.dryRun) ? raw.dryRun : [], causes);
  const policy = raw.propagationPolicy ?? undefined;
  const orphan = raw.orphanDependents ?? undefined;
  if (policy !== undefined && orphan !== undefined) {
    const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`;
    causes.push({ reason: 'FieldValueInvalid', field: 'propagationPolicy', message });
  }
  if (policy !== undefined && !isPolicy(policy))
    causes.push(
      unsupported('propagationPolicy', String(policy), ['Background', 'Foreground', 'Orphan', 'nil']),
    );
  const grace = raw.gracePeriodSeconds ?? undefined;
  if (grace !== undefined && !(typeof grace === 'number' && Number.isSafeInteger(grace))) {
    const message = `Invalid value: ${JSON.stringify(grace)}: must be a whole number of seconds`;
    causes.push({ reason: 'FieldValueInvalid', field: 'gracePeriodSeconds', message });
  }
  if (causes.length > 0) throw invalidOptions('DeleteOptions', causes);
  const fromOrphan = orphan === undefined ? undefined : orphan ? 'Orphan' : 'Background';
  return {
    dryRun,
    gracePeriodSeconds: typeof grace === 'number' ? grace : undefined,
    propagationPolicy: isPolicy(policy) ? policy : fromOrphan,
    ...(orphan === false && { byOrphanDependents: true }),
    preconditions: preconditions(raw.preconditions),
  };
}

function isPolicy(value: unknown): value is 'Background' | 'Foreground' | 'Orphan' {
  return value === 'Background' || value === 'Foreground' || value === 'Orphan';
}

function preconditions(value: unknown): DeleteOptions['preconditions'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { uid, resourceVersion } = value as { uid?: unknown; resourceVersion?: unknown };
  if (uid === undefined && resourceVersion === undefined) return undefined;
  return {
    uid: typeof uid === 'string' ? uid : undefined,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
  };
}
