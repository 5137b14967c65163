/**
 * UDP knows no end of a connection: while a client goes on sending from one port, the kernel goes on sending it to
 * where it decided at the first datagram. So flows to endpoints that have gone are forgotten, and so are those that
 * came in at a port of the node before anything stood behind it; the next datagram is decided anew. What changed while
 * no agent ran is not seen: such flows end when their client has been silent for a while.
 */
import { isAnyAddress } from './host-address.ts';
import type { Endpoint, HostPort, ServicePort } from './types.ts';

/** UDP flows by where the client sends them and who answers. */
export interface Flows {
  /** Undefined: whatever address. */
  readonly address?: string;
  readonly port: number;
  readonly endpoint: Endpoint;
}

interface Way {
  /** Undefined: every address of the node. */
  readonly address?: string;
  readonly port: number;
  /** Who answers while there are no endpoints: the node itself; nobody at a cluster IP. */
  readonly otherwise?: Endpoint;
  /** By address and port. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
}

/** The ways in that have endpoints, by the address and port that clients send to. */
export type UdpWays = ReadonlyMap<string, Way>;

export function udpWays(
  nodeIP: string,
  ports: Iterable<ServicePort>,
  hostPorts: Iterable<HostPort>,
): UdpWays {
  const ways = new Map<string, Way>();
  const add = (way: Omit<Way, 'endpoints'>, endpoints: readonly Endpoint[]) => {
    if (endpoints.length === 0) return;
    const byName = new Map(endpoints.map((endpoint) => [`${endpoint.ip}:${endpoint.port}`, endpoint]));
    ways.set(`${way.address ?? '*'}:${way.port}`, { ...way, endpoints: byName });
  };
  for (const { protocol, clusterIP, port, nodePort, endpoints } of ports) {
    if (protocol !== 'udp') continue;
    if (clusterIP) add({ address: clusterIP, port }, endpoints);
    if (nodePort) add({ port: nodePort, otherwise: { ip: nodeIP, port: nodePort } }, endpoints);
  }
  for (const { protocol, hostIP, hostPort: port, podIP, containerPort } of hostPorts) {
    if (protocol !== 'udp') continue;
    const way = isAnyAddress(hostIP)
      ? { port, otherwise: { ip: nodeIP, port } }
      : { address: hostIP, port, otherwise: { ip: hostIP, port } };
    add(way, [{ ip: podIP, port: containerPort }]);
  }
  return ways;
}

export function staleFlows(before: UdpWays, after: UdpWays): readonly Flows[] {
  const flows: Flows[] = [];
  const add = ({ address, port }: Way, endpoint: Endpoint) =>
    flows.push({ ...(address ? { address } : {}), port, endpoint });
  for (const [name, way] of before) {
    const left = after.get(name)?.endpoints;
    for (const [key, endpoint] of way.endpoints) if (!left?.has(key)) add(way, endpoint);
  }
  for (const [name, way] of after) if (way.otherwise && !before.has(name)) add(way, way.otherwise);
  return flows;
}
