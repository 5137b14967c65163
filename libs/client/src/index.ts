export { EventRecorder, type EventRecorderOptions, type EventSource } from './controller/event-recorder.ts';
export { type Repetition, repetitionOf, timesOf } from './controller/event-times.ts';
export { ControllerShell, type ShellOptions } from './controller/shell.ts';
export type * from './controller/types.ts';
export { watch, watchOwned, watchSelf } from './controller/watch.ts';
export { causesOf, type Historian, lastRequest, ownRecords } from './grpc/causes.ts';
export type { ClientTls } from './grpc/channel.ts';
export { GrpcApi, type GrpcApiOptions } from './grpc/grpc-api.ts';
export * from './keys.ts';
export { type Fence, FencedApi } from './leader/fenced-api.ts';
export { LeaderElector, type LeaderElectorOptions, type Leadership } from './leader/leader-elector.ts';
export { InterceptedApi, type WriteCall, type WriteHooks } from './memory/intercepted-api.ts';
export { MemoryApi, type MemoryApiOptions } from './memory/memory-api.ts';
export { derivedName, derivedSuffix } from './names.ts';
export { LogProjection, type LogProjectionOptions } from './projection/log-projection.ts';
export type * from './projection/types.ts';
export {
  type WatchedResource,
  WatchProjection,
  type WatchProjectionOptions,
} from './projection/watch-projection.ts';
export { type BackoffOptions, type Work, WorkQueue, type WorkQueueOptions } from './queue/work-queue.ts';
export * from './resources.ts';
export {
  type LeadingService,
  type LeadingServiceConfig,
  runLeadingService,
  type Term,
} from './service/run-leading-service.ts';
export type * from './types.ts';
