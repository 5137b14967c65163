/** Puts the gRPC door together from what the API server gives it. */
import type { HeadBroadcast } from './head-broadcast.ts';
import { type HistoryLog, historyHandlers } from './history-service.ts';
import { GrpcListener, type GrpcListenerSettings } from './listener.ts';
import { type LogReader, logHandlers } from './log-service.ts';
import { apiDescriptors, reflectionServices } from './reflection.ts';
import { ApiHandlers, rawApiService, type ServiceParts } from './service.ts';

export interface GrpcParts extends Omit<ServiceParts, 'peerOf'> {
  readonly log: LogReader & HistoryLog;
  readonly heads: HeadBroadcast;
}

const SERVICES = [
  'reckon.v1.Api',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];

export function openGrpcDoor(settings: GrpcListenerSettings, parts: GrpcParts): Promise<GrpcListener> {
  return GrpcListener.open(settings, (peerOf) => {
    const handlers = new ApiHandlers({ ...parts, peerOf });
    const { log, heads, authorizer, clock } = parts;
    const implementation = {
      ...handlers.implementation(),
      ...logHandlers({ log, heads, handlers, authorizer, clock }),
      ...historyHandlers({ log, handlers, authorizer, clock }),
    };
    const api = { definition: rawApiService, implementation };
    return [api, ...reflectionServices(() => apiDescriptors(SERVICES))];
  });
}
