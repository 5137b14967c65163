/** Puts the gRPC door together from what the API server gives it. */
import type { HealthProbes } from '../rest/health.ts';
import type { HeadBroadcast } from './head-broadcast.ts';
import { HEALTH, healthDescriptor, healthService } from './health-service.ts';
import { type HistoryLog, historyHandlers } from './history-service.ts';
import { GrpcListener, type GrpcListenerSettings } from './listener.ts';
import { type LogReader, logHandlers } from './log-service.ts';
import { apiDescriptors, reflectionServices } from './reflection.ts';
import { ApiHandlers, rawApiService, type ServiceParts } from './service.ts';

export interface GrpcParts extends Omit<ServiceParts, 'peerOf'> {
  readonly log: LogReader & HistoryLog;
  readonly heads: HeadBroadcast;
  readonly probes: Pick<HealthProbes, 'ready'>;
}

const SERVICES = [
  'reckon.v1.Api',
  HEALTH,
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];

export function openGrpcDoor(settings: GrpcListenerSettings, parts: GrpcParts): Promise<GrpcListener> {
  return GrpcListener.open(settings, (peerOf) => {
    const handlers = new ApiHandlers({ ...parts, peerOf });
    const { log, heads, authorizer, clock, probes } = parts;
    const implementation = {
      ...handlers.implementation(),
      ...logHandlers({ log, heads, handlers, authorizer, clock }),
      ...historyHandlers({ log, handlers, authorizer, clock }),
    };
    const api = { definition: rawApiService, implementation };
    return [
      api,
      healthService({ probes, clock, services: SERVICES }),
      ...reflectionServices(() => apiDescriptors(SERVICES, [healthDescriptor])),
    ];
  });
}
