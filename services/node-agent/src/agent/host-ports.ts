import type { HostPort, Protocol } from '../network/types.ts';
import { currentSandbox } from '../pod/instances.ts';
import type { Pods } from '../pods.ts';

/** Host ports of the pods that run here now, in a fixed order. */
export function hostPorts(pods: Pods): readonly HostPort[] {
  const ports: HostPort[] = [];
  for (const { model, memory } of pods.all()) {
    const podIP = currentSandbox(memory)?.ips[0];
    if (!podIP || model.hostNetwork) continue;
    for (const { spec } of [...model.initContainers, ...model.containers]) {
      for (const { hostPort, hostIP, containerPort = 0, protocol } of spec.ports ?? []) {
        if (!hostPort) continue;
        ports.push({
          hostPort,
          containerPort,
          podIP,
          protocol: protocolOf(protocol),
          ...(hostIP ? { hostIP } : {}),
        });
      }
    }
  }
  return ports.sort((a, b) => a.hostPort - b.hostPort || (a.podIP < b.podIP ? -1 : 1));
}

function protocolOf(protocol: string | undefined): Protocol {
  const name = (protocol ?? 'TCP').toLowerCase();
  return name === 'udp' || name === 'sctp' ? name : 'tcp';
}
