/**
 * What a node refuses to run: pods that somebody bound to it past the scheduler, or that two schedulers placed at the
 * same time (Kubernetes: the kubelet's `GeneralPredicates`, of which this is `NodePorts`); and pods that ask for settings
 * of the kernel that reach beyond them.
 */
import { allContainers, type PodModel } from './model.ts';

/** Becomes the reason of a pod that has Failed. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** @param others the pods that run here or are about to, those that are ending included. */
export function rejection(pod: PodModel, others: readonly PodModel[]): Rejection | undefined {
  return forbiddenSysctl(pod) ?? takenPort(pod, others);
}

/** Those that are each pod's own: https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

function forbiddenSysctl({ object, hostNetwork }: PodModel): Rejection | undefined {
  const hostIPC = object.spec?.hostIPC === true;
  for (const { name: written = '' } of object.spec?.securityContext?.sysctls ?? []) {
    const name = written.replaceAll('/', '.');
    const why = !SAFE_SYSCTLS.has(name)
      ? 'not allowlisted'
      : name.startsWith('net.') && hostNetwork
        ? 'not allowed with host net enabled'
        : name.startsWith('kernel.') && hostIPC
          ? 'not allowed with host ipc enabled'
          : undefined;
    if (why) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${name}" ${why}` };
  }
  return undefined;
}

function takenPort(pod: PodModel, others: readonly PodModel[]): Rejection | undefined {
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
