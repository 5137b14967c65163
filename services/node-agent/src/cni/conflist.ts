/** The pod network of one node, for the CNI plugins. */
export interface PodNetwork {
  readonly bridge: string;
  /** Pods of this node get addresses from it; its first address is the bridge's own. */
  readonly podCidr: string;
  /** Where the plugins note which address is whose. */
  readonly ipamDir: string;
}

/** At most 15 characters, as the kernel wants, and with the cluster's id in it, so that it is found again. */
export function bridgeName(clusterId: string): string {
  return `rk${clusterId}p`;
}

/**
 * A bridge with an address for each pod. Nothing is masqueraded and no host port is mapped here: the node's own
 * nftables do that. Hairpin lets a pod reach itself through a Service.
 */
export function conflist({ bridge, podCidr, ipamDir }: PodNetwork): string {
  const ipam = {
    type: 'host-local',
    dataDir: ipamDir,
    ranges: [[{ subnet: podCidr }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const plugin = { type: 'bridge', bridge, isGateway: true, ipMasq: false, hairpinMode: true, ipam };
  return `${JSON.stringify({ cniVersion: '0.4.0', name: bridge, plugins: [plugin] }, null, 2)}\n`;
}
