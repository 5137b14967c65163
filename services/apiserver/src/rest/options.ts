/** Query parameters and DeleteOptions as the verbs take them (Kubernetes API reference: "Common parameters"). */
import { type ApiError, type Cause, goQuote, goStrings, invalid } from '@reckon/api';
import type { ListOptions, VersionOptions, WatchOptions, WriteOptions } from '../verbs/types.ts';
import type { Query } from './query.ts';

export function invalidOptions(kind: string, causes: readonly Cause[]): ApiError {
  return invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

export function unsupported(field: string, value: string, supported: readonly string[]): Cause {
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
  // Means nothing for a list, and is refused all the same where it is none.
  query.integer('timeoutSeconds');
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
  const unprintable = fieldManager?.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u) ?? -1;
  if (fieldManager !== undefined && unprintable >= 0) {
    const code = fieldManager.codePointAt(unprintable) ?? 0;
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    const message = `Invalid value: ${goQuote(fieldManager)}: invalid character ${name} (at position ${unprintable})`;
    causes.push({ reason: 'FieldValueInvalid', field: 'fieldManager', message });
  }
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

/** What is neither absent nor exactly this must not be taken for a wish to write. */
export function dryRunOf(values: readonly string[], causes: Cause[]): boolean {
  if (values.some((value) => value !== 'All')) {
    const message = `Unsupported value: ${goStrings(values)}: supported values: "All"`;
    causes.push({ reason: 'FieldValueNotSupported', field: 'dryRun', message });
  }
  return values.length > 0;
}
