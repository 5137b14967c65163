import { ApiError } from '@reckon/api';

/** As in `PodLogOptions` of the Kubernetes API. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Undefined: everything. */
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** Lines from this moment on, in milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
}

/** BadRequest for numbers that are none. */
export function logOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const sinceSeconds = count(query, 'sinceSeconds', 1);
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    tailLines: count(query, 'tailLines', 0),
    limitBytes: count(query, 'limitBytes', 1),
    sinceMs: sinceSeconds === undefined ? moment(query, 'sinceTime') : nowMs - sinceSeconds * 1_000,
  };
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== 'false' && value !== '0';
}

function count(query: URLSearchParams, name: string, minimum: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < minimum) {
    throw new ApiError('BadRequest', `${name} must be a whole number of at least ${minimum}, not "${text}"`);
  }
  return value;
}

function moment(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Date.parse(text);
  if (Number.isNaN(value))
    throw new ApiError('BadRequest', `${name} must be an RFC 3339 time, not "${text}"`);
  return value;
}
