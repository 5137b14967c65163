/** DeleteOptions, from the body or the query (Kubernetes API reference: "DeleteOptions v1 meta"). */
import { badRequest, type Cause, isObject, jsonTypeName } from '@reckon/api';
import type { DeleteOptions } from '../verbs/types.ts';
import { dryRunOf, invalidOptions, unsupported } from './options.ts';
import type { Query } from './query.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Wanted {
  readonly dryRun: readonly string[];
  readonly gracePeriodSeconds: number | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly propagationPolicy: string | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/**
 * @param body a decoded DeleteOptions object; undefined: the query speaks, as in Kubernetes.
 * @throws ApiError BadRequest for what has another type than it should, Invalid (422) for what means nothing.
 */
export function deleteOptions(query: Query, body: Fields | undefined): DeleteOptions {
  if (body === undefined && query.empty) return {};
  const wanted = body === undefined ? fromQuery(query) : fromBody(body);
  const { gracePeriodSeconds, orphanDependents: orphan, propagationPolicy: policy } = wanted;
  const causes: Cause[] = [];
  const dryRun = dryRunOf(wanted.dryRun, causes);
  if (policy !== undefined && orphan !== undefined) {
    const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`;
    causes.push({ reason: 'FieldValueInvalid', field: 'propagationPolicy', message });
  }
  if (policy !== undefined && !isPolicy(policy))
    causes.push(unsupported('propagationPolicy', policy, ['Background', 'Foreground', 'Orphan', 'nil']));
  if (causes.length > 0) throw invalidOptions('DeleteOptions', causes);
  const fromOrphan = orphan === undefined ? undefined : orphan ? 'Orphan' : 'Background';
  const { uid, resourceVersion } = wanted;
  return {
    dryRun,
    gracePeriodSeconds,
    propagationPolicy: isPolicy(policy) ? policy : fromOrphan,
    ...(orphan === false && { byOrphanDependents: true }),
    preconditions: uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion },
  };
}

/** An empty policy is one that means nothing; an empty uid or version is none. */
function fromQuery(query: Query): Wanted {
  return {
    dryRun: query.all('dryRun'),
    gracePeriodSeconds: query.integer('gracePeriodSeconds'),
    orphanDependents: query.flag('orphanDependents'),
    propagationPolicy: query.all('propagationPolicy')[0],
    uid: query.text('uid'),
    resourceVersion: query.text('resourceVersion'),
  };
}

/** A wish of the wrong type must not read as none: `"dryRun": "All"` would delete. */
function fromBody(body: Fields): Wanted {
  const demands = field(body, 'preconditions', isObject) ?? {};
  return {
    dryRun: field(body, 'dryRun', isStrings) ?? [],
    gracePeriodSeconds: field(body, 'gracePeriodSeconds', isInteger),
    orphanDependents: field(body, 'orphanDependents', isBoolean),
    propagationPolicy: field(body, 'propagationPolicy', isString),
    uid: field(demands, 'uid', isString),
    resourceVersion: field(demands, 'resourceVersion', isString),
  };
}

function field<T>(fields: Fields, name: string, is: (value: unknown) => value is T): T | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (is(value)) return value;
  throw badRequest(
    `json: cannot unmarshal ${jsonTypeName(value)} into Go struct field DeleteOptions.${name}`,
  );
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isString);

function isPolicy(value: unknown): value is 'Background' | 'Foreground' | 'Orphan' {
  return value === 'Background' || value === 'Foreground' || value === 'Orphan';
}
