import type { Frozen } from '@reckon/client';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';

type ServiceValue = Frozen<Service>;

/**
 * Variables that lead a container to the Services of its namespace as they were when it started, in the two ways that
 * images expect: `NAME_SERVICE_HOST`/`_PORT`, and Docker's old link variables (Kubernetes: "Discovering services").
 */
export function serviceEnv(
  services: readonly ServiceValue[],
  pod: { readonly namespace: string; readonly enableServiceLinks: boolean },
): ReadonlyMap<string, string> {
  const env = new Map<string, string>();
  const isKubernetes = (service: ServiceValue) =>
    service.metadata?.namespace === 'default' && service.metadata.name === 'kubernetes';
  const linked = services.filter(
    (service) =>
      pod.enableServiceLinks && service.metadata?.namespace === pod.namespace && !isKubernetes(service),
  );
  const kubernetes = services.filter(isKubernetes);
  for (const service of [...linked, ...kubernetes].sort(byName)) addService(env, service);
  return env;
}

function byName(a: ServiceValue, b: ServiceValue): number {
  return (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1;
}

function addService(env: Map<string, string>, { metadata, spec }: ServiceValue): void {
  const ip = spec?.clusterIP;
  const [first] = spec?.ports ?? [];
  // A headless Service has no address to speak of.
  if (!ip || ip === 'None' || !first) return;
  const prefix = variableName(metadata?.name ?? '');
  env.set(`${prefix}_SERVICE_HOST`, ip);
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name, port } of spec?.ports ?? []) {
    if (name) env.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
  }
  const urlOf = (protocol: string | undefined, port: number | undefined) =>
    `${(protocol ?? 'TCP').toLowerCase()}://${hostPart(ip)}:${port}`;
  env.set(`${prefix}_PORT`, urlOf(first.protocol, first.port));
  for (const { protocol = 'TCP', port } of spec?.ports ?? []) {
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    env.set(link, urlOf(protocol, port));
    env.set(`${link}_PROTO`, protocol.toLowerCase());
    env.set(`${link}_PORT`, String(port));
    env.set(`${link}_ADDR`, ip);
  }
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function hostPart(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}
