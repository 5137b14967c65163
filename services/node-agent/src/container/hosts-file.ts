import type { PodModel } from '../pod/model.ts';

const HEADER = '# Kubernetes-managed hosts file.';
const LOCAL = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters`;

/** A pod's /etc/hosts: itself and its `hostAliases`. In the node's network it is the node's own file, continued. */
export function hostsFile(
  pod: PodModel,
  known: { readonly podIps: readonly string[]; readonly clusterDomain: string; readonly nodeHosts: string },
): string {
  const { spec } = pod.object;
  const hostname = podHostname(pod);
  const names = spec?.subdomain
    ? [`${hostname}.${spec.subdomain}.${pod.namespace}.svc.${known.clusterDomain}`, hostname]
    : [hostname];
  const own = known.podIps.map((ip) => `${ip}\t${names.join('\t')}`);
  const base = pod.hostNetwork
    ? [`${HEADER.slice(0, -1)} (host network).`, known.nodeHosts.trimEnd()]
    : [HEADER, LOCAL, ...own];
  const aliases = (spec?.hostAliases ?? []).map(
    ({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`,
  );
  const added = aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : [];
  return `${[...base, ...added].join('\n')}\n`;
}

const MAX_HOSTNAME_CHARS = 63;

export function podHostname(pod: PodModel): string {
  const name = pod.object.spec?.hostname || pod.name;
  return name.slice(0, MAX_HOSTNAME_CHARS).replace(/[-.]+$/, '');
}
