/** The errors of the API in Kubernetes' words (k8s.io/apimachinery/pkg/api/errors). `resource`: `pods`, `deployments.apps`. */
import { ApiError, type Cause, type ErrorDetails } from '../errors/api-error.ts';
import { goQuote } from '../json/quote.ts';
import { groupKind, splitGroupResource } from '../meta/names.ts';

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function notFound(resource: string, name: string): ApiError {
  return new ApiError('NotFound', `${resource} ${goQuote(name)} not found`, detailsOf(resource, name));
}

/** A path or kind that this server does not have. */
export function unknownResource(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource');
}

export function alreadyExists(resource: string, name: string): ApiError {
  return new ApiError(
    'AlreadyExists',
    `${resource} ${goQuote(name)} already exists`,
    detailsOf(resource, name),
  );
}

/** Every name that was made from `generateName` was taken. */
export function generateNameConflict(resource: string, name: string): ApiError {
  return new ApiError(
    'AlreadyExists',
    `${resource} ${goQuote(name)} already exists, the server was not able to generate a unique name for the object`,
    { ...detailsOf(resource, name), retryAfterSeconds: 1 },
  );
}

/** A compare-and-swap that missed; `why` replaces the usual sentence. */
export function conflict(resource: string, name: string, why: string = MODIFIED): ApiError {
  return new ApiError(
    'Conflict',
    `Operation cannot be fulfilled on ${resource} ${goQuote(name)}: ${why}`,
    detailsOf(resource, name),
  );
}

/** A precondition on the uid that does not hold. */
export function uidConflict(resource: string, name: string, wanted: string, actual: string): ApiError {
  return conflict(
    resource,
    name,
    `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${actual}`,
  );
}

/** A precondition on the resourceVersion that does not hold. */
export function resourceVersionConflict(
  resource: string,
  name: string,
  wanted: string,
  actual: string,
): ApiError {
  return conflict(
    resource,
    name,
    `Precondition failed: ResourceVersion in precondition: ${wanted}, ResourceVersion in object meta: ${actual}`,
  );
}

export function forbidden(resource: string, name: string, why: string): ApiError {
  const subject =
    resource === '' ? 'forbidden' : `${resource}${name === '' ? '' : ` ${goQuote(name)}`} is forbidden`;
  return new ApiError('Forbidden', `${subject}: ${why}`, detailsOf(resource, name));
}

export interface DeniedAccess {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Of a request that is about no resource. */
  readonly path?: string;
  /** Why, from whoever was asked. */
  readonly reason?: string;
}

/** What a caller without the right to do something is told. */
export function accessDenied(access: DeniedAccess): ApiError {
  const { user, verb, group, subresource, namespace } = access;
  const why = access.reason ? `: ${access.reason}` : '';
  if (access.path !== undefined) {
    return forbidden('', '', `User ${goQuote(user)} cannot ${verb} path ${goQuote(access.path)}${why}`);
  }
  const resource = subresource === '' ? access.resource : `${access.resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  return forbidden(
    groupKind(group, access.resource),
    access.name,
    `User ${goQuote(user)} cannot ${verb} resource ${goQuote(resource)} in API group ${goQuote(group)} ${where}${why}`,
  );
}

export function unauthorized(): ApiError {
  return new ApiError('Unauthorized', 'Unauthorized');
}

export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

/** `kind`: `Pod`; `group`: '' for core. Equal causes are told once in the message. */
export function invalid(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  causes: readonly Cause[],
): ApiError {
  const sentences = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const subject = `${groupKind(kind.group, kind.kind)} ${goQuote(name)} is invalid`;
  const [only] = sentences;
  const text = sentences.length > 1 ? `[${sentences.join(', ')}]` : only;
  return new ApiError('Invalid', text === undefined ? subject : `${subject}: ${text}`, {
    group: kind.group,
    kind: kind.kind,
    name,
    causes,
  });
}

/** A watch or an exact read from before what is retained. */
export function resourceVersionExpired(requested: number, oldest: number): ApiError {
  return new ApiError('Expired', `too old resource version: ${requested} (${oldest})`);
}

export function listExpired(): ApiError {
  return new ApiError('Expired', 'The resourceVersion for the provided list is too old.');
}

/** `continueToken`: one with which the list can go on at the present revision. */
export function continueExpired(continueToken: string): ApiError {
  return new ApiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    { continueToken },
  );
}

/** A read at a revision that this server does not have yet. */
export function resourceVersionTooLarge(requested: number, current: number): ApiError {
  const message = `Too large resource version: ${requested}, current: ${current}`;
  return new ApiError('Timeout', `Timeout: ${message}`, {
    retryAfterSeconds: 1,
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }],
  });
}

/** `action`: `create`, `deletecollection`… */
export function methodNotAllowed(resource: string, action: string): ApiError {
  const { group, resource: kind } = splitGroupResource(resource);
  return new ApiError(
    'MethodNotAllowed',
    `${action} is not supported on resources of kind ${goQuote(resource)}`,
    { group, kind },
  );
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  return new ApiError('NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);
}

export function requestTooLarge(limitBytes: number): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`);
}

export function tooManyRequests(why: string, retryAfterSeconds: number): ApiError {
  return new ApiError('TooManyRequests', why, { retryAfterSeconds });
}

function detailsOf(resource: string, name: string): ErrorDetails {
  const { group, resource: kind } = splitGroupResource(resource);
  return { name, group, kind };
}
