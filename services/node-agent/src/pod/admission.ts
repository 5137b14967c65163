/**
 * What a node refuses to run: pods that somebody bound to it past the scheduler, or that two schedulers placed at the
 * same time (Kubernetes: the kubelet's `GeneralPredicates`, of which this is `NodePorts`).
 */
import { allContainers, type PodModel } from './model.ts';

/** Becomes the reason of a pod that has Failed. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** @param others the pods that run here or are about to, those that are ending included. */
export function rejection(pod: PodModel, others: readonly PodModel[]): Rejection | undefined {
  const taken = others.flatMap(portsOf);
  const conflict = portsOf(pod).some((port) => taken.some((other) => areOne(port, other)));
  if (!conflict) return undefined;
  const why = "node(s) didn't have free ports for the requested pod ports";
  return { reason: 'NodePorts', message: `Predicate NodePorts failed: ${why}` };
}

interface Port {
  readonly protocol: string;
  readonly number: number;
  /** Undefined: on every address. */
  readonly ip: string | undefined;
}

function portsOf(pod: PodModel): readonly Port[] {
  return allContainers(pod).flatMap(({ spec }) =>
    (spec.ports ?? []).flatMap(({ hostPort, hostIP, protocol = 'TCP' }) => {
      const ip = hostIP === '' || hostIP === '0.0.0.0' ? undefined : hostIP;
      return hostPort ? [{ protocol, number: hostPort, ip }] : [];
    }),
  );
}

function areOne(a: Port, b: Port): boolean {
  const sameIp = a.ip === undefined || b.ip === undefined || a.ip === b.ip;
  return a.number === b.number && a.protocol === b.protocol && sameIp;
}
