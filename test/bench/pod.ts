/**
 * A pod's life on real containers, from `create` until a watch shows it Ready, and from `delete` until a watch shows
 * it gone: the whole cluster, beside the node agent with an API in memory, beside the container runtime alone (the calls
 * that no node agent can avoid). They take turns in one run, so that whatever else the machine does meets all of them.
 *
 *   ./reckon bench pod [ROUNDS] [STATE]   default 20 rounds, on a throw-away cluster; STATE: on this running one,
 *                                         which has the image `busybox`
 */
import { connect } from '@reckon/cli/api/connect.ts';
import { systemClock } from '@reckon/service';
import { skipWithoutContainers, TestCluster } from '../e2e/support/cluster.ts';
import { agentLifecycle } from './pod/agent.ts';
import { clusterLifecycle } from './pod/cluster.ts';
import { quantiles, table } from './pod/figures.ts';
import type { Lifecycle } from './pod/lifecycle.ts';
import { runtimeLifecycle } from './pod/runtime.ts';
import type { Behaviour } from './pod/workload.ts';

const AT_ONCE = 30;
const BURSTS = 3;

/** What is aimed at, ms, and which figure it is about. `kubelet`: seen on a machine of this size, for orientation. */
const FIGURES = {
  start: { title: 'create → Ready', targetMs: 400, kubelet: '~1,000' },
  obeys: { title: 'delete, grace 1 s, ends when asked → gone', targetMs: 1_500, kubelet: '' },
  ignores: { title: 'delete, grace 1 s, has to be killed → gone', targetMs: 1_500, kubelet: '' },
  burst: { title: `${AT_ONCE} at once → all Ready`, targetMs: 4_500, kubelet: '~6,000' },
} as const;
type Figure = keyof typeof FIGURES;
type Samples = Record<Figure, number[]>;

/** Makes names: no pod has a namesake, of this run or of one that was cut off. */
let made = 0;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - startMs;
}

async function one(life: Lifecycle, samples: Samples, behaviour: Behaviour): Promise<void> {
  const name = `one-${process.pid}-${made++}`;
  samples.start.push(await timed(() => life.start(name, behaviour)));
  samples[behaviour].push(await timed(() => life.stop(name)));
}

async function burst(life: Lifecycle, samples: Samples): Promise<void> {
  const names = Array.from({ length: AT_ONCE }, () => `burst-${process.pid}-${made++}`);
  samples.burst.push(await timed(() => Promise.all(names.map((name) => life.start(name, 'obeys')))));
  await Promise.all(names.map((name) => life.stop(name)));
}

interface Contender {
  readonly life: Lifecycle;
  readonly samples: Samples;
}

function row(figure: Figure, cluster: Samples, peers: readonly Samples[]): readonly string[] {
  const { title, targetMs, kubelet } = FIGURES[figure];
  const ms = (value: number) => value.toFixed(0);
  const ours = quantiles(cluster[figure]);
  const beside = peers.map((peer) => quantiles(peer[figure]));
  return [
    title,
    ...[ours.best, ours.p50, ours.p99].map(ms),
    `≤ ${targetMs}`,
    ours.p50 <= targetMs ? 'met' : 'MISSED',
    ...beside.flatMap((peer) => [ms(peer.best), ms(peer.p50), (ours.p50 / peer.p50).toFixed(2)]),
    kubelet,
  ];
}

async function measure(rounds: number, stateDir: string): Promise<void> {
  const api = connect(stateDir);
  const contenders: Contender[] = [];
  try {
    for (const open of [runtimeLifecycle, agentLifecycle, () => clusterLifecycle(api)])
      contenders.push({ life: await open(), samples: noSamples() });
    // The first of each finds everything cold.
    for (const { life } of contenders) await one(life, noSamples(), 'obeys');
    for (let round = 0; round < rounds; round++)
      for (const { life, samples } of contenders) await one(life, samples, round % 4 ? 'obeys' : 'ignores');
    for (let round = 0; round < BURSTS; round++)
      for (const { life, samples } of contenders) await burst(life, samples);
  } finally {
    for (const { life } of contenders) await life.close();
    api.close();
  }
  const [runtime, agent, cluster] = contenders.map(({ samples }) => samples);
  if (!runtime || !agent || !cluster) throw new Error('nobody was measured');
  const head = ['milliseconds', 'best', 'p50', 'p99', 'target', 'p50 is'];
  const peers = ['agent: best', 'p50', 'times', 'runtime: best', 'p50', 'times'];
  const rows = (Object.keys(FIGURES) as Figure[]).map((figure) => row(figure, cluster, [agent, runtime]));
  console.log(table([[...head, ...peers, 'a kubelet'], ...rows]));
}

function noSamples(): Samples {
  return { start: [], obeys: [], ignores: [], burst: [] };
}

const rounds = Number(process.argv[2] ?? 20);
const stateDir = process.argv[3];
const skipped = skipWithoutContainers();
if (skipped) {
  console.log(`no containers here: ${skipped}`);
} else if (stateDir) {
  await measure(rounds, stateDir);
} else {
  const cluster = await TestCluster.start({ images: ['busybox'] });
  try {
    await measure(rounds, cluster.stateDir);
  } finally {
    await cluster.stop();
  }
}
