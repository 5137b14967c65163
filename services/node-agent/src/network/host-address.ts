/** What the `hostIP` of a container's port means. */
import type { HostPort, ServicePort } from './types.ts';

export function isAnyAddress(hostIp: string | undefined): hostIp is '' | '0.0.0.0' | undefined {
  return hostIp === undefined || hostIp === '' || hostIp === '0.0.0.0';
}

export function isLoopback(hostIp: string): boolean {
  return hostIp.startsWith('127.');
}

/** A host port as the loopback addresses have it: a registry on a port of the node is `localhost:5000` to it. */
export function onLoopback({
  hostIP,
  hostPort,
  protocol,
  podIP,
  containerPort,
}: HostPort): readonly ServicePort[] {
  if (protocol !== 'tcp' || !(isAnyAddress(hostIP) || isLoopback(hostIP))) return [];
  const endpoints = [{ ip: podIP, port: containerPort }];
  return [
    { id: `host port ${hostPort}`, protocol, clusterIP: '', port: hostPort, nodePort: hostPort, endpoints },
  ];
}
