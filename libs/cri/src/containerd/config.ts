/** What a containerd of one's own is told; every path is the node's own, so that several run side by side. */
export interface ContainerdConfig {
  /** Images and containers: survives a reboot. */
  readonly rootDir: string;
  /** What runs now: need not survive a reboot. */
  readonly stateDir: string;
  readonly socket: string;
  /** CNI configuration is read from here, and read again when it changes. */
  readonly cniConfDir: string;
  readonly cniBinDir: string;
  /** Image of the process that holds a pod's namespaces; must be there already. */
  readonly sandboxImage: string;
  /**
   * True where CAP_SYS_RESOURCE is missing: containers then get the lowest oom_score_adj that is allowed, instead
   * of failing to start.
   */
  readonly restrictOomScoreAdj: boolean;
  /** `native` copies layers: for state directories whose filesystem cannot be a layer of an overlay. */
  readonly snapshotter?: 'overlayfs' | 'native' | undefined;
  /** Directory with `HOST/hosts.toml` files that name mirrors and credentials of registries. */
  readonly registryConfigDir?: string | undefined;
}

/**
 * The configuration file (version 2, understood from containerd 1.3 to 1.7) of a containerd that serves one node.
 * Streams (exec, attach, port-forward) are served on loopback on a free port: the node agent is their only client.
 */
export function containerdConfigToml(config: ContainerdConfig): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const text = (value: string) => JSON.stringify(value);
  const lines = [
    'version = 2',
    `root = ${text(config.rootDir)}`,
    `state = ${text(config.stateDir)}`,
    'disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",' +
      ' "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",' +
      ' "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]',
    '[grpc]',
    `  address = ${text(config.socket)}`,
    `[${cri}]`,
    `  sandbox_image = ${text(config.sandboxImage)}`,
    `  restrict_oom_score_adj = ${config.restrictOomScoreAdj}`,
    '  stream_server_address = "127.0.0.1"',
    '  stream_server_port = "0"',
    '  netns_mounts_under_state_dir = true',
    '  max_container_log_line_size = 16384',
    '  tolerate_missing_hugetlb_controller = true',
    '  disable_hugetlb_controller = true',
    `[${cri}.cni]`,
    `  bin_dir = ${text(config.cniBinDir)}`,
    `  conf_dir = ${text(config.cniConfDir)}`,
    '  max_conf_num = 1',
    `[${cri}.containerd]`,
    `  snapshotter = ${text(config.snapshotter ?? 'overlayfs')}`,
    '  default_runtime_name = "runc"',
    '  discard_unpacked_layers = false',
    `[${cri}.containerd.runtimes.runc]`,
    '  runtime_type = "io.containerd.runc.v2"',
    `[${cri}.containerd.runtimes.runc.options]`,
    `  Root = ${text(`${config.stateDir}/runc`)}`,
    '  SystemdCgroup = false',
  ];
  if (config.registryConfigDir) {
    lines.push(`[${cri}.registry]`, `  config_path = ${text(config.registryConfigDir)}`);
  }
  return `${lines.join('\n')}\n`;
}
