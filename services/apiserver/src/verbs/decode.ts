/** From the body of a request to an object: what its schema knows, of the kind and name that the request is about. */
import {
  ApiError,
  badRequest,
  cannotBeHandled,
  invalid,
  isObject,
  type ResourceSchema,
  unimplementedWarning,
  validateFields,
} from '@reckon/api';
import type { Env } from './env.ts';
import { apiVersionOf, type ExpectedKind, expectedKind } from './target.ts';
import type { Body, KubeObject, Target, WriteOptions } from './types.ts';

export interface Decoding {
  readonly env: Pick<Env, 'schema' | 'rules'>;
  /** Is told of what is left out. */
  readonly context: { warn(message: string): void };
  readonly target: Target;
  readonly options: Pick<WriteOptions, 'fieldValidation'>;
}

/**
 * Decodes a body as the kind of the target. Unknown and duplicate fields are left out, with a warning or, under
 * strict field validation, a refusal (https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation).
 */
export function decodeBody(decoding: Decoding, body: Body): KubeObject {
  const { fieldValidation: mode = 'Warn' } = decoding.options;
  const expected = expectedKind(decoding.env.schema, decoding.target);
  return handled(expected, () =>
    decode(decoding, expected, body.value, mode === 'Ignore' ? [] : body.duplicateFields),
  );
}

/** The same for what a patch has made of an object: what is wrong is wrong with the patch. */
export function decodePatched(decoding: Decoding, value: unknown): KubeObject {
  const expected = expectedKind(decoding.env.schema, decoding.target);
  try {
    return decode(decoding, expected, value, []);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'BadRequest') throw error;
    const message = `Invalid value: ${JSON.stringify(JSON.stringify(value))}: ${error.message}`;
    throw invalid({ group: '', kind: '' }, '', [{ reason: 'FieldValueInvalid', field: 'patch', message }]);
  }
}

/**
 * The same for the object of a server-side apply. Nobody can own a field that the schema does not have, so that an
 * unknown one is refused however fields are to be validated.
 */
export function decodeApplied({ env, target }: Decoding, value: unknown): KubeObject {
  const expected = expectedKind(env.schema, target);
  const { object, unknownFields } = decodeAs(env, expected, value);
  if (unknownFields.length === 0) return object;
  const { namespace, name } = target;
  const slash = object.apiVersion.includes('/') ? '' : '/';
  const type = `${slash}${object.apiVersion}, Kind=${object.kind}`;
  const fields = unknownFields.map((path) => `.${path}: field not declared in schema`);
  throw badRequest(
    `failed to create typed patch object (${namespace}/${name}; ${type}): ${fields.join(', ')}`,
  );
}

function handled(expected: ExpectedKind, decode: () => KubeObject): KubeObject {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'BadRequest' && !(error instanceof WrongKind))
      throw cannotBeHandled(expected, error);
    throw error;
  }
}

/** Says itself what cannot be handled as what. */
class WrongKind extends ApiError {}

function decode(
  { env, context, options }: Decoding,
  expected: ExpectedKind,
  value: unknown,
  duplicateFields: readonly string[],
): KubeObject {
  const { object, unknownFields } = decodeAs(env, expected, value);
  const report = { unknownFields, duplicateFields };
  for (const warning of validateFields(report, options.fieldValidation ?? 'Warn')) context.warn(warning);
  return object;
}

function decodeAs(
  env: Decoding['env'],
  expected: ExpectedKind,
  value: unknown,
): { readonly object: KubeObject; readonly unknownFields: readonly string[] } {
  if (!isObject(value))
    throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind})`);
  checkKind(env, value, expected);
  const decoded = env.rules.decode(expected.message, value);
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = decoded.value;
  const object: KubeObject = {
    apiVersion: apiVersionOf(expected),
    kind: expected.kind,
    metadata: isObject(metadata) ? metadata : {},
    ...rest,
  };
  return { object, unknownFields: decoded.unknownFields };
}

/** Kinds other than the target's are refused in the words of Kubernetes' decoder. */
function checkKind(
  env: Decoding['env'],
  value: Readonly<Record<string, unknown>>,
  expected: ExpectedKind,
): void {
  const apiVersion = typeof value.apiVersion === 'string' ? value.apiVersion : '';
  const kind = typeof value.kind === 'string' ? value.kind : '';
  const wanted = apiVersionOf(expected);
  const sameKind = kind === '' || kind === expected.kind;
  if (sameKind && (apiVersion === '' || apiVersion === wanted)) return;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1) || expected.version;
  const sent = env.schema.kindMessage(group, version, kind || expected.kind);
  // Another version's name for the same message: kubectl before 1.22 evicts with policy/v1beta1.
  if (sameKind && sent?.name === expected.message) return;
  if (sameKind) {
    const message = `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`;
    throw new WrongKind('BadRequest', message);
  }
  const to = expected.group === '' ? 'core' : expected.group;
  const why = sent
    ? `converting (${version}.${kind}) to (${to}.${expected.kind}): unknown conversion`
    : `no kind "${kind}" is registered for version "${apiVersion || wanted}"`;
  throw new WrongKind(
    'BadRequest',
    `${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`,
  );
}

/** The namespace of the object is that of the request; it may be left out, but not be another one. */
export function withNamespaceOf(target: Target, object: KubeObject): KubeObject {
  const wanted = target.resource.namespaced ? target.namespace : '';
  const { namespace, ...metadata } = object.metadata;
  if ((namespace ?? '') === wanted) return object;
  if (wanted === '') return { ...object, metadata };
  if (namespace !== undefined && namespace !== '')
    throw badRequest(
      target.name === ''
        ? 'the namespace of the provided object does not match the namespace sent on the request'
        : `the namespace of the object (${namespace}) does not match the namespace on the request (${wanted})`,
    );
  return { ...object, metadata: { ...object.metadata, namespace: wanted } };
}

/** What is posted to an object names it, too. */
export function requireSameName(target: Target, { kind, metadata }: KubeObject): void {
  if (metadata.name !== target.name) throw badRequest(`name in URL does not match name in ${kind} object`);
}

/** An update names the object that it is about. */
export function checkName(target: Target, object: KubeObject): void {
  const name = object.metadata.name ?? '';
  if (name === '')
    throw badRequest(
      `the name of the object (${target.name} based on URL) was undeterminable: name must be provided`,
    );
  if (name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
}

/**
 * Tells of fields that the schema knows and that nothing acts on yet, so that nothing is silently ignored; of those
 * that `before` had already it was told then.
 */
export function warnUnimplemented(
  { env, context }: Pick<Decoding, 'env' | 'context'>,
  resource: ResourceSchema,
  object: KubeObject,
  before?: KubeObject,
): void {
  const fields = env.rules.unimplementedFields(resource, object);
  if (fields.length === 0) return;
  const told = new Set(before && env.rules.unimplementedFields(resource, before));
  for (const field of fields) if (!told.has(field)) context.warn(unimplementedWarning(field));
}
