import { systemClock } from '@reckon/service';
import { RestApi } from '../api/rest.ts';
import { CliError } from '../errors.ts';
import { duration } from '../output/progress.ts';
import { table } from '../output/table.ts';
import { requireSettings } from '../state/cluster.ts';
import { type Layout, layoutOf } from '../state/layout.ts';
import { runningSupervisor, supervisorStatus } from '../supervisor/client.ts';
import type { ComponentStatus, SupervisorStatus } from '../supervisor/types.ts';

/** What `-o json` prints. */
export interface ClusterStatus {
  readonly stateDir: string;
  readonly clusterId: string;
  readonly running: boolean;
  readonly api: string;
  readonly grpc: string;
  readonly kubeconfig: string;
  readonly components: readonly ComponentStatus[];
  /** Undefined while the API server does not answer. */
  readonly counts?:
    | { readonly nodes: number; readonly readyNodes: number; readonly pods: number }
    | undefined;
}

interface List {
  readonly items: readonly {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

export async function status(stateDir: string): Promise<ClusterStatus> {
  const layout = layoutOf(stateDir);
  const settings = requireSettings(layout);
  const api = new RestApi(layout, settings);
  const supervisor = await supervisorIfAny(layout);
  const components = supervisor?.components ?? [];
  const serves = components.some(({ name, phase }) => name === 'apiserver' && phase === 'ready');
  return {
    stateDir: layout.root,
    clusterId: settings.cluster.id,
    running: supervisor !== undefined,
    api: api.url,
    grpc: `localhost:${settings.ports.grpc}`,
    kubeconfig: layout.kubeconfig,
    components,
    counts: serves ? await countsIfAny(api) : undefined,
  };
}

export function statusText(status: ClusterStatus): string {
  const head = [
    `cluster ${status.clusterId} in ${status.stateDir} ${status.running ? 'runs' : 'is stopped'}`,
    `  Kubernetes API   ${status.api}`,
    `  gRPC API         ${status.grpc}`,
    `  kubeconfig       ${status.kubeconfig}`,
  ];
  if (status.counts) {
    const { nodes, readyNodes, pods } = status.counts;
    head.push(`  nodes            ${readyNodes} of ${nodes} Ready`, `  pods             ${pods}`);
  }
  if (!status.running) return [...head, '', 'start it with: ./reckon up'].join('\n');
  const rows = status.components.map(({ name, phase, process, restarts, sinceMs, trouble }) => [
    name,
    phase,
    process ? String(process.pid) : '-',
    String(restarts),
    duration(systemClock.nowMs() - sinceMs),
    trouble ?? '',
  ]);
  return [...head, '', table(['COMPONENT', 'PHASE', 'PID', 'RESTARTS', 'SINCE', 'TROUBLE'], rows)].join('\n');
}

/** Undefined also if it ends while it is asked. */
async function supervisorIfAny(layout: Layout): Promise<SupervisorStatus | undefined> {
  if (!runningSupervisor(layout)) return undefined;
  try {
    return await supervisorStatus(layout);
  } catch (error) {
    if (!runningSupervisor(layout)) return undefined;
    throw error;
  }
}

/** Undefined if the API server does not answer: it may have ended a moment ago. */
async function countsIfAny(api: RestApi): Promise<ClusterStatus['counts']> {
  try {
    return await counts(api);
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

async function counts(api: RestApi): Promise<ClusterStatus['counts']> {
  const [nodes, pods] = await Promise.all([api.get<List>('/api/v1/nodes'), api.get<List>('/api/v1/pods')]);
  const isReady = (node: List['items'][number]) =>
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return {
    nodes: nodes.items.length,
    readyNodes: nodes.items.filter(isReady).length,
    pods: pods.items.length,
  };
}
