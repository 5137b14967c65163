/** From a Service and a pod to the pod's endpoint and the ports it answers on. */
import { isPodReady } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { StoredPod, StoredService } from '../resources.ts';

export interface ResolvedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string | undefined;
}

export interface ResolvedEndpoint {
  readonly pod: StoredPod;
  readonly ip: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly hostname: string | undefined;
}

/** Endpoints that answer on the same ports; a named target port may be another one in every pod. */
export interface EndpointGroup {
  readonly ports: readonly ResolvedPort[];
  readonly endpoints: readonly ResolvedEndpoint[];
}

export function groupByPorts(service: StoredService, pods: readonly StoredPod[]): readonly EndpointGroup[] {
  const groups = new Map<string, { ports: readonly ResolvedPort[]; endpoints: ResolvedEndpoint[] }>();
  for (const pod of pods) {
    const endpoint = resolveEndpoint(service, pod);
    if (!endpoint) continue;
    const ports = resolvePorts(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  return [...groups.keys()].sort().flatMap((key) => groups.get(key) ?? []);
}

function resolveEndpoint(service: StoredService, pod: StoredPod): ResolvedEndpoint | undefined {
  const ip = pod.status?.podIP;
  if (!ip) return undefined;
  const regardless = service.spec?.publishNotReadyAddresses === true;
  const serving = regardless || isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const named = pod.spec?.hostname && pod.spec.subdomain === service.metadata.name;
  return {
    pod,
    ip,
    serving,
    terminating,
    ready: serving && (regardless || !terminating),
    hostname: named ? pod.spec?.hostname : undefined,
  };
}

/** Ports whose name the pod does not have are left out. */
function resolvePorts(service: StoredService, pod: StoredPod): readonly ResolvedPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const protocol = port.protocol ?? 'TCP';
    const number = targetPort(port.targetPort ?? port.port, protocol, pod);
    if (!number) return [];
    return [
      {
        name: port.name ?? '',
        protocol,
        port: number,
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}

function targetPort(target: unknown, protocol: string, pod: Frozen<Pod>): number | undefined {
  if (typeof target === 'number') return target;
  if (typeof target !== 'string') return undefined;
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  for (const container of containers) {
    const match = container.ports?.find((p) => p.name === target && (p.protocol ?? 'TCP') === protocol);
    if (match) return match.containerPort;
  }
  return undefined;
}
