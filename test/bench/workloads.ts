/**
 * Workloads on hollow nodes: how soon pods are there, how long a rollout takes, and what it costs the controllers to
 * look after many objects when nothing happens. The whole control plane runs: Postgres, NATS and the four services.
 *
 *   ./reckon bench workloads [create|rollout|rest]   default: all three
 */
import { systemClock } from '@reckon/service';
import { TestCluster } from '../e2e/support/cluster.ts';
import { quantiles } from './pod/figures.ts';
import { callsBetween, callsOf, heapOf, idleWritesOf } from './workloads/calls.ts';
import { timeToPods, timeToRollOut } from './workloads/deployments.ts';
import { atMost, type Figure, figureTable, plain, shares } from './workloads/figures.ts';
import { headOf } from './workloads/head.ts';
import { CONTROLLERS, logWrites, SCHEDULER } from './workloads/log-writes.ts';
import { makeObjects } from './workloads/many-objects.ts';
import { cpuBetween, usesOf } from './workloads/processes.ts';

const SMALL = 100;
const ROUNDS = 7;
const LARGE = 1_000;
const OBJECTS = 10_000;
const REST_MS = 60_000;
/** Room for the pods of all figures together, 110 each. */
const NODES = 60;
const QUIET_MS = 5_000;
const MIB = 1_024 ** 2;

async function create(cluster: TestCluster): Promise<readonly Figure[]> {
  await timeToPods(cluster.api, 'warm', SMALL);
  const before = await usesOf(cluster);
  const timings: Awaited<ReturnType<typeof timeToPods>>[] = [];
  for (let round = 0; round < ROUNDS; round++)
    timings.push(await timeToPods(cluster.api, `small-${round}`, SMALL));
  const cpu = cpuBetween(before, await usesOf(cluster));
  const created = quantiles(timings.map(({ createdMs }) => createdMs));
  const ready = quantiles(timings.map(({ readyMs }) => readyMs));
  return [
    atMost(`0 → ${SMALL} replicas: all pods created, p50`, created.p50, 1_000, 'ms'),
    plain('  best and worst', `${created.best.toFixed(0)} – ${created.p99.toFixed(0)} ms`),
    plain('  all Ready, p50', `${ready.p50.toFixed(0)} ms`),
    plain('  processor time a pod, ms', shares(cpu, SMALL * ROUNDS)),
  ];
}

async function rollout(cluster: TestCluster): Promise<readonly Figure[]> {
  const { readyMs } = await timeToPods(cluster.api, 'large', LARGE);
  const before = await usesOf(cluster);
  const tookMs = await timeToRollOut(cluster.api, 'large', 'app:2');
  const cpu = cpuBetween(before, await usesOf(cluster));
  return [
    plain(`0 → ${LARGE} replicas: all Ready`, `${(readyMs / 1_000).toFixed(1)} s`),
    atMost(`rollout of ${LARGE} replicas`, tookMs / 1_000, 15, 's'),
    plain('  processor time a pod, ms', shares(cpu, LARGE)),
  ];
}

/** What the figures before made is a part of it. */
async function rest(cluster: TestCluster): Promise<readonly Figure[]> {
  await makeObjects(cluster.api, OBJECTS);
  await untilQuiet(cluster);
  const head = await headOf(cluster.api);
  const [uses, calls] = [await usesOf(cluster), await callsOf(cluster)];
  const startMs = systemClock.monotonicMs();
  await systemClock.sleep(REST_MS);
  const tookMs = systemClock.monotonicMs() - startMs;
  const [usesAfter, callsAfter] = [await usesOf(cluster), await callsOf(cluster)];
  const cpu = cpuBetween(uses, usesAfter);
  const percent = (name: string) => ((cpu.get(name) ?? 0) / tookMs) * 100;
  const writes = await logWrites(cluster.api, head, [CONTROLLERS, SCHEDULER]);
  const asked = callsBetween(calls, callsAfter);
  for (const { what, count } of asked) console.log(`  at rest: ${count} ${what}`);
  const rss = (name: string) => (usesAfter.get(name)?.rssBytes ?? 0) / MIB;
  return [
    atMost(
      `${OBJECTS.toLocaleString('en')} objects at rest: writes of controllers and scheduler`,
      writes.count,
      0,
      '',
    ),
    atMost('  processor of the controller manager', percent('controller-manager'), 2, '%'),
    atMost('  processor of the scheduler', percent('scheduler'), 2, '%'),
    atMost('  memory of the controller manager', rss('controller-manager'), 250, 'MB'),
    plain('    of it heap', await heapOf(cluster)),
    plain('  memory of the scheduler', `${rss('scheduler').toFixed(0)} MB`),
  ];
}

/** Of the whole life of the cluster: rollouts, scaling, and rest. */
async function idleWrites(cluster: TestCluster): Promise<readonly Figure[]> {
  const { count, idle } = await logWrites(cluster.api, 0, [CONTROLLERS]);
  for (const line of idle.slice(0, 10)) console.log(`  changed nothing: ${line}`);
  return [
    atMost(`of ${count.toLocaleString('en')} writes in the log: changed nothing`, idle.length, 0, ''),
    atMost('  writes that the API answered without a revision', await idleWritesOf(cluster), 0, ''),
  ];
}

/** Two looks at the log, some seconds apart, that show no write of a controller. */
async function untilQuiet(cluster: TestCluster): Promise<void> {
  for (;;) {
    const head = await headOf(cluster.api);
    await systemClock.sleep(QUIET_MS);
    if ((await logWrites(cluster.api, head, [CONTROLLERS, SCHEDULER])).count === 0) return;
  }
}

const SCENARIOS = { create, rollout, rest } as const;
const chosen = process.argv[2];
const names = Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[];
const some = chosen === undefined ? names : names.filter((name) => name === chosen);
if (some.length === 0) throw new Error(`there is no figure ${chosen}: there are ${names.join(', ')}`);

const cluster = await TestCluster.start({ hollow: NODES });
try {
  const figures: Figure[] = [];
  for (const name of some) {
    console.log(`measuring: ${name}`);
    figures.push(...(await SCENARIOS[name](cluster)));
  }
  figures.push(...(await idleWrites(cluster)));
  console.log(figureTable(figures));
} finally {
  await cluster.stop();
}
