import { createHash } from 'node:crypto';
import { freePort } from '@reckon/service';
import { containerdName, loadPauseImage } from '../components/containerd.ts';
import type { Surroundings } from '../components/types.ts';
import { CliError } from '../errors.ts';
import { assertPortFree, type PortClaim, portHolder } from '../host/ports.ts';
import { lastLines } from '../output/tail.ts';
import type { ClusterSettings } from '../state/cluster.ts';
import { writeFileAtomically } from '../state/files.ts';
import type { Layout } from '../state/layout.ts';
import { startSupervisor, supervisorStatus, watchSupervisor } from '../supervisor/client.ts';
import type { ComponentStatus, Plan, SupervisorStatus } from '../supervisor/types.ts';

/** Told of each component once, when it is ready, with the time since the start. */
export type ReadyReport = (component: string, elapsedMs: number) => void;

const READY_TIMEOUT_MS = 120_000;
/** A component that ended so often in one start will most likely never come up. */
const MAX_RESTARTS = 5;

export function planText(plan: Plan): string {
  return JSON.stringify(plan, null, 2);
}

export function planHash(plan: Plan): string {
  return createHash('sha256').update(planText(plan)).digest('hex');
}

/** The ports that others come to must be free, but for those in `own`, which this cluster itself holds now. */
export async function assertPortsFree(around: Surroundings, own: readonly number[] = []): Promise<void> {
  const { ports, nodes } = around.settings;
  const host = around.anyAddress;
  const claims: readonly PortClaim[] = [
    { host, port: ports.rest, purpose: 'the Kubernetes API', option: '--port' },
    { host, port: ports.grpc, purpose: 'the gRPC API', option: '--grpc-port' },
    ...(nodes.real > 0
      ? [{ host: around.address, port: ports.agent, purpose: 'the node agent', option: '--agent-port' }]
      : []),
  ];
  for (const claim of claims) if (!own.includes(claim.port)) await assertPortFree(claim);
}

/** Ports that only the cluster itself knows move where there is room. */
export async function withFreeInnerPorts(settings: ClusterSettings): Promise<ClusterSettings> {
  const movable = async (port: number) => (portHolder(port) === undefined ? port : freePort());
  const { postgres, nats } = settings.ports;
  return {
    ...settings,
    ports: { ...settings.ports, postgres: await movable(postgres), nats: await movable(nats) },
  };
}

/** Starts the supervisor with this plan and resolves once every component is ready. */
export async function startCluster(around: Surroundings, plan: Plan, report: ReadyReport): Promise<void> {
  writeFileAtomically(around.layout.config('supervisor'), planText(plan));
  await startSupervisor(around.layout);
  await waitUntilReady(around, report);
}

/** Follows the supervisor until all is ready; fails with the end of the log of what does not come up. */
export async function waitUntilReady(around: Surroundings, report: ReadyReport): Promise<void> {
  const { layout, clock } = around;
  const startedMs = clock.monotonicMs();
  const told = new Set<string>();
  const abort = new AbortController();
  const cancel = clock.after(READY_TIMEOUT_MS, () => abort.abort());
  const loading: Promise<void>[] = [];
  let allReady = false;
  try {
    for await (const status of watchSupervisor(layout, abort.signal)) {
      assertHopeful(status);
      for (const component of status.components) {
        if (component.phase !== 'ready' || told.has(component.name)) continue;
        told.add(component.name);
        report(component.name, clock.monotonicMs() - startedMs);
        const node = around.nodes.find((each) => containerdName(each) === component.name);
        if (node) loading.push(loadPauseImage(around, node));
      }
      allReady = status.components.every(({ phase }) => phase === 'ready');
      if (allReady) break;
    }
    await Promise.all(loading);
  } finally {
    cancel();
    abort.abort();
  }
  if (!allReady) throw await whoIsLate(layout);
}

async function whoIsLate(layout: Layout): Promise<CliError> {
  const { components } = await supervisorStatus(layout);
  const late = components.find(({ phase }) => phase !== 'ready');
  return late
    ? notReady(late, `after ${READY_TIMEOUT_MS / 1_000} s`)
    : new CliError(
        'the supervisor ended while the cluster was starting',
        `its log is ${layout.log('supervisor')}`,
      );
}

function assertHopeful(status: SupervisorStatus): void {
  const failed = status.components.find(({ restarts }) => restarts >= MAX_RESTARTS);
  if (failed) throw notReady(failed, `after ${failed.restarts} attempts`);
}

function notReady(component: ComponentStatus, when: string): CliError {
  const { name, trouble, logFile } = component;
  return new CliError(
    `${name} is not ready ${when}: ${trouble ?? 'it waits for others'}\n${lastLines(logFile, 15)}`,
    `its whole log is ${logFile}; what runs is stopped with: ./reckon down`,
  );
}
