export { MemoryEventLog } from './memory/memory-event-log.ts';
export { type AuditOptions, auditStream, type StreamAudit } from './nats/audit.ts';
export { NatsLogFeed } from './nats/feed.ts';
export { NatsRelay, type NatsRelayOptions } from './nats/relay.ts';
export { streamName } from './stream-name.ts';
export { keyOfSubject, subjectOf } from './subject.ts';
export * from './types.ts';
