import type { DNSConfig } from '@reckon/proto/runtime/v1/api.ts';
import type { PodModel } from '../pod/model.ts';

export interface DnsSettings {
  /** Address of the cluster's name server. */
  readonly clusterDnsIp: string;
  /** `cluster.local` */
  readonly clusterDomain: string;
  /** What the node's own resolver is told. */
  readonly host: HostDns;
}

export interface HostDns {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** Parses resolv.conf(5). */
export function parseResolvConf(text: string): HostDns {
  const servers: string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0]) servers.push(values[0]);
    // The last line of these wins.
    else if (keyword === 'search' || keyword === 'domain') searches = values.filter((value) => value !== '.');
    else if (keyword === 'options') options = values;
  }
  return { servers, searches, options };
}

/** A pod's resolver (Kubernetes: "DNS for Services and Pods", pod's DNS policy and config). */
export function dnsConfig(pod: PodModel, settings: DnsSettings): DNSConfig {
  const { spec } = pod.object;
  const { clusterDnsIp, clusterDomain, host } = settings;
  const policy = spec?.dnsPolicy ?? 'ClusterFirst';
  const fromHost = policy === 'Default' || (policy === 'ClusterFirst' && pod.hostNetwork);
  const base =
    policy === 'None'
      ? { servers: [], searches: [], options: [] }
      : fromHost
        ? host
        : {
            servers: [clusterDnsIp],
            searches: [
              `${pod.namespace}.svc.${clusterDomain}`,
              `svc.${clusterDomain}`,
              clusterDomain,
              ...host.searches,
            ],
            options: ['ndots:5'],
          };
  const own = spec?.dnsConfig;
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? '', option]));
  for (const { name = '', value } of own?.options ?? []) {
    options.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  }
  return {
    servers: unique([...base.servers, ...(own?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(own?.searches ?? [])]),
    options: [...options.values()],
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
