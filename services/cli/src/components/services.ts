import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  ApiServerConfig,
  CommonConfig,
  ControllerManagerConfig,
  LeaderElectionConfig,
  NodeAgentConfig,
  SchedulerConfig,
} from '@reckon/service';
import { DEFAULT_AUTHENTICATION, NODE_ARGUMENTS, PROCESS_ENVIRONMENT } from '@reckon/service';
import { addressIn } from '../host/addresses.ts';
import { cniPluginDir } from '../host/machine.ts';
import { type CertificateFiles, pkiFiles } from '../pki/cluster-pki.ts';
import { writeFileAtomically } from '../state/files.ts';
import type { ComponentSpec } from '../supervisor/types.ts';
import { containerdName, inNetns } from './containerd.ts';
import { natsAccess } from './nats.ts';
import { databaseUrl } from './postgres.ts';
import type { NodePlan, Surroundings } from './types.ts';

/** One of Reckon's own services: where its source is, what it is told, and what it comes after. */
interface ServicePlan {
  /** Directory below `services/`. */
  readonly source: string;
  readonly config: CommonConfig;
  readonly after: readonly string[];
  /** For so long it goes on once it is told to stop. */
  readonly shutdownDelaySeconds?: number | undefined;
  readonly prefix?: readonly string[];
  /** Further arguments of `node`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Who follows the log holds much, makes little garbage and is to be small: the space for what is young is a quarter of
 * V8's own choice, and the heap grows by less before it is collected, where two thirds of it would be garbage.
 * (`--optimize-for-size` is too much of it: 10,000 objects then take all the time to collect.)
 */
const FOLLOWER_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=40'];

/**
 * Buffers over 128 KiB go back to the system once they are free, and so does what is free at the end of the heap. Of
 * itself glibc raises both limits to 32 and 64 MiB after the first large buffer, and keeps what a long list took.
 */
const FOLLOWER_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/**
 * One leader on one machine: who starts anew under the same name takes over at once. Losing the lead means to look at
 * everything anew, which a machine that is short of time, and late for that reason, can afford least of all.
 */
const LEADER_ELECTION: LeaderElectionConfig = {
  enabled: true,
  leaseSeconds: 12,
  renewDeadlineSeconds: 9,
  retrySeconds: 2,
};

/**
 * Writes the configuration of every service, and says how they run. A service without a `main.ts` is left out, and so
 * is whatever cannot be without it.
 */
export function prepareServices(
  around: Surroundings,
  present: ReadonlySet<string>,
): readonly ComponentSpec[] {
  mkdirSync(around.layout.configDir, { recursive: true, mode: 0o700 });
  const plans = [
    apiServer(around),
    follower(around, 'scheduler'),
    follower(around, 'controller-manager'),
    ...around.nodes.map((node) => nodeAgent(around, node)),
    ...(around.settings.nodes.hollow > 0 ? [hollowAgent(around)] : []),
  ].filter(({ source }) => existsSync(mainFile(around, source)) && existsSync(mainFile(around, 'apiserver')));
  const names = new Set([...present, ...plans.map(({ config }) => config.name)]);
  return plans.map((plan) => {
    const { name, healthSocket } = plan.config;
    const config = `${JSON.stringify(plan.config, null, 2)}\n`;
    writeFileAtomically(around.layout.config(name), config);
    return {
      name,
      command: [
        ...(plan.prefix ?? []),
        process.execPath,
        ...NODE_ARGUMENTS,
        ...(plan.flags ?? []),
        mainFile(around, plan.source),
        '--config',
        around.layout.config(name),
      ],
      // Another configuration is another plan: whoever asks for it has the service started anew.
      env: {
        ...PROCESS_ENVIRONMENT,
        ...plan.env,
        NODE_COMPILE_CACHE: compileCache(around),
        RECKON_CONFIG_DIGEST: createHash('sha256').update(config).digest('hex'),
      },
      cwd: around.layout.root,
      after: plan.after.filter((other) => names.has(other)),
      ready: { type: 'health', socket: healthSocket },
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 15_000 + (plan.shutdownDelaySeconds ?? 0) * 1_000,
      logFile: around.layout.log(name),
    };
  });
}

function apiServer(around: Surroundings): ServicePlan {
  const { settings, layout, anyAddress, address } = around;
  const pki = pkiFiles(layout.pkiDir);
  const { shutdownDelaySeconds } = settings;
  const config: ApiServerConfig = {
    ...common(around, 'apiserver', pki.clients.apiserver),
    cluster: settings.cluster,
    databaseUrl: databaseUrl(around),
    nats: natsAccess(around, 'publisher'),
    rest: { host: anyAddress, port: settings.ports.rest },
    grpc: { host: anyAddress, port: settings.ports.grpc },
    serverTls: pki.server,
    clientCa: pki.caCert,
    advertiseAddress: address,
    secretsKeyFile: pki.secretsKey,
    secretsKms: settings.secretsKms,
    serviceAccounts: {
      issuer: `https://kubernetes.default.svc.${settings.cluster.domain}`,
      signingKeyFile: pki.serviceAccountKey,
      verificationKeyFiles: [pki.serviceAccountPublicKey],
    },
    caCertFile: pki.caCert,
    authentication: settings.authentication ?? DEFAULT_AUTHENTICATION,
    defaultTolerationSeconds: 6,
    continueTokenSeconds: 300,
    retention: settings.retention,
    shutdownDelaySeconds,
  };
  return { source: 'apiserver', config, shutdownDelaySeconds, after: ['postgres', 'nats'] };
}

function follower(around: Surroundings, name: 'scheduler' | 'controller-manager'): ServicePlan {
  const pki = pkiFiles(around.layout.pkiDir);
  const shared: SchedulerConfig = {
    ...common(around, name, pki.clients[name]),
    apiserver: dialTarget(around),
    nats: natsAccess(around, 'reader'),
    leaderElection: LEADER_ELECTION,
    cluster: around.settings.cluster,
  };
  const manager: ControllerManagerConfig = {
    ...shared,
    nodeMonitorGraceSeconds: 6,
    tolerationSeconds: 6,
    terminatedPods: 12_500,
    signing: { cert: pki.caCert, key: pki.caKey },
    workers: 16,
  };
  const config = name === 'scheduler' ? shared : manager;
  return { source: name, config, after: ['apiserver'], flags: FOLLOWER_FLAGS, env: FOLLOWER_ENVIRONMENT };
}

function nodeAgent(around: Surroundings, node: NodePlan): ServicePlan {
  const { layout, settings } = around;
  const paths = layout.node(node.index);
  const name = node.index === 1 ? 'node-agent' : `node-agent-${node.index}`;
  const config: NodeAgentConfig = {
    ...common(around, name, pkiFiles(layout.pkiDir).node(node.name)),
    nodeName: node.name,
    apiserver: node.netns === undefined ? dialTarget(around) : `${around.address}:${settings.ports.grpc}`,
    runtime: {
      type: 'cri',
      socket: paths.containerdSocket,
      cniConfigDir: paths.cniConfigDir,
      cniPluginDir: cniPluginDir() ?? '/usr/lib/cni',
    },
    stateDir: paths.stateDir,
    cluster: settings.cluster,
    podCidr: node.podCidr,
    address: node.address,
    server: { host: node.address, port: settings.ports.agent },
    cgroupRoot: `/${cgroupName(settings.cluster.id)}/${node.index}`,
    registries: [],
    leaseRenewSeconds: 1,
    maxPods: 110,
  };
  const after = ['apiserver', containerdName(node)];
  return { source: 'node-agent', config, after, prefix: inNetns(node) };
}

function hollowAgent(around: Surroundings): ServicePlan {
  const { layout, settings, address } = around;
  const config: NodeAgentConfig = {
    ...common(around, 'node-agent-hollow', pkiFiles(layout.pkiDir).node('{node}')),
    nodeName: HOLLOW_STEM,
    apiserver: dialTarget(around),
    runtime: { type: 'hollow', count: settings.nodes.hollow },
    stateDir: `${layout.nodesDir}/hollow`,
    cluster: settings.cluster,
    podCidr: hollowShare(settings.cluster.podCidr),
    address,
    server: { host: address, port: 0 },
    cgroupRoot: '/',
    registries: [],
    leaseRenewSeconds: 1,
    maxPods: 110,
  };
  return { source: 'node-agent', config, after: ['apiserver'] };
}

/** The upper half of the pods' network; real nodes have their shares in the lower one. */
function hollowShare(podCidr: string): string {
  const [, length = '16'] = podCidr.split('/');
  const size = 2 ** (32 - Number(length));
  return `${addressIn(podCidr, size / 2)}/${Number(length) + 1}`;
}

/** Hollow nodes are called `hollow-0`, `hollow-1`, … */
const HOLLOW_STEM = 'hollow';

export function hollowNodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${HOLLOW_STEM}-${index}`);
}

/** The parent of all pods' cgroups of a cluster on this machine. */
export function cgroupName(clusterId: string): string {
  return `reckon-${clusterId}`;
}

function dialTarget({ settings }: Surroundings): string {
  return `localhost:${settings.ports.grpc}`;
}

function common({ layout }: Surroundings, name: string, certificate: CertificateFiles): CommonConfig {
  return {
    name,
    logLevel: 'info',
    healthSocket: layout.healthSocket(name),
    tls: { ca: pkiFiles(layout.pkiDir).caCert, ...certificate },
  };
}

/**
 * Where Node keeps what it has compiled, types taken out, from one start to the next (it writes it as a service stops):
 * beside what it was installed with, and trusted as that is. A service then starts in half the time, and in 20 MB less,
 * for what takes the types out is not even loaded. Where it cannot be written all is compiled anew.
 */
function compileCache({ sourceDir }: Surroundings): string {
  return join(sourceDir, 'node_modules', '.cache', 'compiled');
}

function mainFile({ sourceDir }: Surroundings, source: string): string {
  return join(sourceDir, 'services', source, 'src', 'main.ts');
}
