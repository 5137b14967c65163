/**
 * The gRPC service and its messages as `proto/reckon/v1` has them, for what the client does not wrap: typed messages of
 * every kind, and a stub for a channel of one's own.
 */
export * from '@reckon/proto/reckon/v1/api.ts';
export { Object as ObjectMessage } from '@reckon/proto/reckon/v1/object.ts';
