import { waitForNodes } from '../cluster/node-ready.ts';
import { prepare } from '../cluster/prepare.ts';
import { changedSettings, newSettings, type UpOptions } from '../cluster/settings.ts';
import {
  assertPortsFree,
  planHash,
  type ReadyReport,
  startCluster,
  waitUntilReady,
  withFreeInnerPorts,
} from '../cluster/start.ts';
import { surroundingsOf } from '../cluster/surroundings.ts';
import { hollowNodeNames } from '../components/services.ts';
import type { Surroundings } from '../components/types.ts';
import { LineProgress } from '../output/progress.ts';
import { type ClusterSettings, loadSettings, saveSettings } from '../state/cluster.ts';
import { type Layout, layoutOf, stateDirFrom } from '../state/layout.ts';
import { runningSupervisor, shutdownSupervisor, supervisorStatus } from '../supervisor/client.ts';
import type { Plan } from '../supervisor/types.ts';
import { stopUnsupervised } from '../supervisor/unsupervised.ts';

/** Makes the cluster of a state directory run as asked, whatever state it is in; quick if it does already. */
export async function up(stateDir: string, options: UpOptions): Promise<Surroundings> {
  const layout = layoutOf(stateDir);
  const progress = new LineProgress();
  const report: ReadyReport = (component, elapsedMs) => progress.done(component, elapsedMs);
  const present = loadSettings(layout);
  let settings = present ? changedSettings(present, options) : await newSettings(options);
  let around = surroundingsOf(layout, settings);

  const running = runningSupervisor(layout);
  if (running) {
    // Before anything is written or stopped for the sake of what cannot be.
    await assertPortsFree(around, Object.values(present?.ports ?? {}));
    const plan = await prepare(around, progress);
    const status = await supervisorStatus(layout);
    const isSame = status.planHash === planHash(plan);
    // As after a `down` that was interrupted.
    const isWhole = !status.stopping && status.components.every(({ phase }) => phase !== 'stopped');
    if (isSame && isWhole) {
      saveSettings(layout, settings);
      const allReady = status.components.every(({ phase }) => phase === 'ready');
      await waitUntilReady(around, allReady ? () => {} : report);
      await waitForNodesIfAny(around, plan);
      return around;
    }
    progress.note(
      `${isSame ? 'parts of it were stopped' : 'the settings have changed'}: starting the control plane anew`,
    );
    await shutdownSupervisor(layout, running);
  }
  // What a killed supervisor left still holds the ports.
  await stopUnsupervised(layout);
  await assertPortsFree(around);
  settings = await withFreeInnerPorts(settings);
  around = surroundingsOf(layout, settings);
  const plan = await prepareNew(around, layout, settings, progress);
  await startCluster(around, plan, report);
  await progress.step('nodes Ready', () => waitForNodesIfAny(around, plan));
  return around;
}

/** How to go on, for people. */
export function announce({ settings, layout, nodes }: Surroundings): string {
  const count = nodes.length + settings.nodes.hollow;
  return [
    `The cluster runs: ${count} ${count === 1 ? 'node' : 'nodes'}, Kubernetes API at https://127.0.0.1:${settings.ports.rest}`,
    `  kubeconfig   ${layout.kubeconfig}`,
    `  try          ./reckon${stateOption(layout.root)} kubectl get nodes`,
  ].join('\n');
}

/** ` --state DIR`, unless it is the one that is meant without. */
export function stateOption(stateDir: string): string {
  return stateDir === stateDirFrom(undefined, process.env) ? '' : ` --state ${stateDir}`;
}

async function prepareNew(
  around: Surroundings,
  layout: Layout,
  settings: ClusterSettings,
  progress: LineProgress,
): Promise<Plan> {
  return progress.step('prepared', async () => {
    const plan = await prepare(around, progress);
    saveSettings(layout, settings);
    return plan;
  });
}

async function waitForNodesIfAny(around: Surroundings, plan: Plan): Promise<void> {
  const planned = new Set(plan.components.map(({ name }) => name));
  if (!planned.has('apiserver')) return;
  const real = planned.has('node-agent') ? around.nodes.map(({ name }) => name) : [];
  const hollow = planned.has('node-agent-hollow') ? hollowNodeNames(around.settings.nodes.hollow) : [];
  await waitForNodes(around, [...real, ...hollow]);
}
