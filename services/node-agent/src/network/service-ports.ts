import type { Endpoint, EndpointSliceObject, Protocol, ServiceObject, ServicePort } from './types.ts';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** Whoever carries one of these, whatever its value, is left to another proxy, or to none (KEP-2447). */
const NOT_OURS = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];

/** Three hours: the default of `sessionAffinityConfig`. */
const DEFAULT_AFFINITY_S = 10_800;

/** Joins a Service with its EndpointSlices (IPv4) into the ports that are programmed. Pure; sorted throughout. */
export function servicePorts(
  service: ServiceObject,
  slices: readonly EndpointSliceObject[],
): readonly ServicePort[] {
  const { spec, metadata } = service;
  const { labels = {} } = metadata;
  if (spec.type === 'ExternalName' || NOT_OURS.some((label) => label in labels)) return [];
  const clusterIP = spec.clusterIP && spec.clusterIP !== 'None' ? spec.clusterIP : '';
  const affinityS =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_S)
      : undefined;
  return (spec.ports ?? []).flatMap((port) => {
    if (!clusterIP && !port.nodePort) return [];
    const protocol = protocolOf(port.protocol);
    const name = port.name ?? '';
    return [
      {
        id: `${metadata.namespace}/${metadata.name}:${name}`,
        protocol,
        clusterIP,
        port: port.port,
        ...(port.nodePort ? { nodePort: port.nodePort } : {}),
        ...(affinityS === undefined ? {} : { affinityS }),
        endpoints: endpointsOf(slices, name, protocol),
      },
    ];
  });
}

export function protocolOf(text: string | undefined): Protocol {
  switch (text) {
    case 'UDP':
      return 'udp';
    case 'SCTP':
      return 'sctp';
    default:
      return 'tcp';
  }
}

/**
 * Ready endpoints; if none is, those that terminate but still serve, so that a rollout of the last pod loses no
 * connection (KEP-1669).
 */
function endpointsOf(
  slices: readonly EndpointSliceObject[],
  portName: string,
  protocol: Protocol,
): Endpoint[] {
  const ready = new Map<string, Endpoint>();
  const draining = new Map<string, Endpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const match = slice.ports?.find(
      (p) => (p.name ?? '') === portName && protocolOf(p.protocol) === protocol,
    );
    if (!match?.port) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses[0];
      if (!ip) continue;
      const entry = { ip, port: match.port };
      const conditions = endpoint.conditions ?? {};
      if (conditions.ready !== false) ready.set(`${ip}:${match.port}`, entry);
      else if (conditions.serving && conditions.terminating) draining.set(`${ip}:${match.port}`, entry);
    }
  }
  const chosen = ready.size > 0 ? ready : draining;
  return [...chosen.keys()].sort().flatMap((key) => chosen.get(key) ?? []);
}
