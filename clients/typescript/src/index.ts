/**
 * A client of Reckon clusters.
 *
 * ```ts
 * import { connect, DEPLOYMENTS } from '@reckon/sdk';
 *
 * const cluster = connect();
 * for await (const event of cluster.watch(DEPLOYMENTS, { namespace: 'default' })) console.log(event);
 * ```
 */
export {
  ApiError,
  type Cause,
  type ErrorDetails,
  type Reason,
  type RetryClass,
} from '@reckon/api/errors/api-error.ts';
export type { Revision } from '@reckon/api/log/record.ts';
export type {
  CallOptions,
  Deleted,
  Frozen,
  JsonPatchOperation,
  KubeMetadata,
  KubeObject,
  ListResult,
  Moment,
  Patch,
  Preconditions,
  PropagationPolicy,
  ResolvedMoment,
  ResourceType,
  Selection,
  Stored,
  StoredMetadata,
  StoredObject,
  Transacted,
  WatchEvent,
  Written,
} from '@reckon/client/types.ts';
export type { Client } from './client.ts';
export { type ConnectOptions, connect } from './connect.ts';
export { isApiError } from './errors.ts';
export * from './kinds.ts';
export { operation } from './operation.ts';
export type * from './types.ts';
