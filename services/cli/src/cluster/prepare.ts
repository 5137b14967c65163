import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerdComponent, prepareContainerd } from '../components/containerd.ts';
import { natsComponent, prepareNats } from '../components/nats.ts';
import { postgresComponent, preparePostgres } from '../components/postgres.ts';
import { hollowNodeNames, prepareServices } from '../components/services.ts';
import type { Progress, Surroundings } from '../components/types.ts';
import { addressIn } from '../host/addresses.ts';
import { isRoot } from '../host/machine.ts';
import { joinNodes } from '../host/node-network.ts';
import { ensurePki, pkiFiles } from '../pki/cluster-pki.ts';
import { kubeconfigYaml } from '../pki/kubeconfig.ts';
import type { SubjectAlternative } from '../pki/types.ts';
import { writeFileAtomically } from '../state/files.ts';
import type { Layout } from '../state/layout.ts';
import type { ComponentSpec, Plan } from '../supervisor/types.ts';

/** Longest name of a socket below `run/`, with what containerd adds to its own. */
const SOCKET_NAME_BYTES = '/run/node-agent-hollow-64.sock.ttrpc'.length;
const SOCKET_PATH_MAX_BYTES = 107;

/** Writes everything that the components need, and says which they are. What is there and good stays. */
export async function prepare(around: Surroundings, progress: Progress): Promise<Plan> {
  const { layout, settings } = around;
  makeDirectories(layout, settings.cluster.id);
  const isFirst = !existsSync(layout.pkiDir);
  const issued = await ensurePki(layout.pkiDir, pkiNeeds(around));
  if (!isFirst) for (const note of issued) progress.note(note);
  writeKubeconfig(around);

  const components: ComponentSpec[] = [];
  if (settings.databaseUrl === undefined) {
    await preparePostgres(around);
    components.push(postgresComponent(around));
  }
  if (settings.natsUrl === undefined) {
    prepareNats(around);
    components.push(natsComponent(around));
  }
  await joinNodes(around.settings, around.nodes);
  for (const node of around.nodes) {
    await prepareContainerd(around, node);
    components.push(containerdComponent(around, node));
  }
  components.push(...prepareServices(around, new Set(components.map(({ name }) => name))));
  return { clusterId: settings.cluster.id, components };
}

export function makeDirectories(layout: Layout, clusterId: string): void {
  // Postgres' user must be able to pass, nobody to look.
  mkdirSync(layout.root, { recursive: true, mode: 0o711 });
  chmodSync(layout.root, 0o711);
  mkdirSync(layout.configDir, { recursive: true, mode: 0o700 });
  mkdirSync(layout.logsDir, { recursive: true, mode: 0o750 });
  mkdirSync(layout.nodesDir, { recursive: true, mode: 0o711 });
  makeRunDirectory(layout, clusterId);
}

/** Socket paths are at most 107 bytes: below a long state directory, `run` is a link to a short one. */
function makeRunDirectory(layout: Layout, clusterId: string): void {
  if (Buffer.byteLength(layout.root) + SOCKET_NAME_BYTES <= SOCKET_PATH_MAX_BYTES) {
    mkdirSync(layout.runDir, { recursive: true, mode: 0o711 });
    return;
  }
  const short = isRoot() ? `/run/reckon-${clusterId}` : join(tmpdir(), `reckon-${clusterId}`);
  mkdirSync(short, { recursive: true, mode: 0o711 });
  try {
    symlinkSync(short, layout.runDir);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function pkiNeeds(around: Surroundings) {
  const { settings, address, nodes, clock } = around;
  const { serviceCidr, domain, id } = settings.cluster;
  const dns = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  dns.push(`kubernetes.default.svc.${domain}`, hostname().toLowerCase());
  const ips = new Set([
    '127.0.0.1',
    '::1',
    address,
    addressIn(serviceCidr, 1),
    ...nodes.map((node) => node.address),
  ]);
  const server: readonly SubjectAlternative[] = [
    ...[...new Set(dns)]
      .filter((name) => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name))
      .map((value) => ({ type: 'dns' as const, value })),
    ...[...ips].map((value) => ({ type: 'ip' as const, value })),
  ];
  const hollow = hollowNodeNames(settings.nodes.hollow).map((name) => ({ name, address }));
  return { clusterId: id, server, nodes: [...nodes, ...hollow], clock };
}

function writeKubeconfig({ layout, settings }: Surroundings): void {
  const pki = pkiFiles(layout.pkiDir);
  const read = (path: string) => readFileSync(path, 'utf8');
  writeFileAtomically(
    layout.kubeconfig,
    kubeconfigYaml({
      server: `https://127.0.0.1:${settings.ports.rest}`,
      grpcServer: `127.0.0.1:${settings.ports.grpc}`,
      caPem: read(pki.caCert),
      certPem: read(pki.clients.admin.cert),
      keyPem: read(pki.clients.admin.key),
    }),
  );
}
