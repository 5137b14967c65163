/** A CNI configuration with a bridge of one's own, for tests of the runtime alone. */
export function bridgeConflist(network: {
  readonly bridge: string;
  readonly subnet: string;
  readonly dataDir: string;
}): string {
  const ipam = {
    type: 'host-local',
    dataDir: network.dataDir,
    ranges: [[{ subnet: network.subnet }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const bridge = { type: 'bridge', bridge: network.bridge, isGateway: true, ipMasq: false, ipam };
  return JSON.stringify({ cniVersion: '0.4.0', name: network.bridge, plugins: [bridge] });
}
